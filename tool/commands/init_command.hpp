// `imgopt init`: looks at the current folder, says what it found, and writes an imgopt.json that fits.
#pragma once

#include "base/result.hpp"
#include "tool/settings/command_line.hpp"

namespace imgopt {

// Returns the exit status. An imgopt.json that is there already is never written over: invalid_argument. With
// --dry-run the text is printed instead.
[[nodiscard]] Result<int> run_init_command(const CommandLine& command_line);

}  // namespace imgopt
