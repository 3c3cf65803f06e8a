// `imgopt explain`: why outputs are or are not up to date, by the same steps as a build, writing nothing.
#pragma once

#include "base/result.hpp"
#include "tool/settings/command_line.hpp"

namespace imgopt {

[[nodiscard]] Result<int> run_explain_command(const CommandLine& command_line);

}  // namespace imgopt
