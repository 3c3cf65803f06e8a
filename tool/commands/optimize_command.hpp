// `imgopt optimize`.
#pragma once

#include "base/result.hpp"
#include "tool/settings/command_line.hpp"

namespace imgopt {

[[nodiscard]] Result<int> run_optimize_command(const CommandLine& command_line);

}  // namespace imgopt
