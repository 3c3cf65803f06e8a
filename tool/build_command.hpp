// `imgopt build`: runs a build and tells of it: summary, errors, report, depfile, stamp.
#pragma once

#include "base/result.hpp"
#include "tool/command_line.hpp"

namespace imgopt {

// Returns the exit status.
[[nodiscard]] Result<int> run_build_command(const CommandLine& command_line);

}  // namespace imgopt
