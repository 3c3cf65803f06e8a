// `imgopt config`: what is configured and where it comes from; the JSON Schema of imgopt.json.
#pragma once

#include "base/result.hpp"
#include "tool/settings/command_line.hpp"

namespace imgopt {

// Prints to standard output and returns the exit status. With --show PATH every setting of that source, by
// the same request, scan and resolver as a build's; else what holds for the whole run; with --schema the
// schema.
[[nodiscard]] Result<int> run_config_command(const CommandLine& command_line);

}  // namespace imgopt
