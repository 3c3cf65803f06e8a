// `imgopt check`.
#pragma once

#include "base/result.hpp"
#include "tool/settings/command_line.hpp"

namespace imgopt {

[[nodiscard]] Result<int> run_check_command(const CommandLine& command_line);

}  // namespace imgopt
