// `imgopt --version`: the program's version and those of the encoders.
#pragma once

#include "base/result.hpp"
#include "tool/settings/command_line.hpp"

namespace imgopt {

// Prints to standard output. Encoders are left out, with a note on standard error, where the worker cannot be
// asked: a version must be told even then. Returns the exit status.
[[nodiscard]] Result<int> run_version_command(const CommandLine& command_line);

}  // namespace imgopt
