// `imgopt watch`: builds, and builds again whenever a source, a folder or the configuration changes.
#pragma once

#include "base/result.hpp"
#include "tool/settings/command_line.hpp"

namespace imgopt {

// Runs until it is interrupted; returns the exit status then. Fails where the first build cannot even begin.
[[nodiscard]] Result<int> run_watch_command(const CommandLine& command_line);

}  // namespace imgopt
