// `imgopt report`: shows the account of a run as text, as JSON, or as a page to look at.
#pragma once

#include "base/result.hpp"
#include "tool/settings/command_line.hpp"

namespace imgopt {

// Returns the exit status. With --against, images that grew are told too; that alone is no failure.
[[nodiscard]] Result<int> run_report_command(const CommandLine& command_line);

}  // namespace imgopt
