// Reproduce: the command that shows a failure again.
#pragma once

#include <string>
#include <string_view>

#include "protocol/output_settings.hpp"
#include "tool/settings/run_options.hpp"

namespace imgopt {

// `imgopt build` for one source and one output's settings under the run's limits, past the cache, with one
// worker. Pasted into a shell as it is.
[[nodiscard]] std::string reproducing_command(std::string_view source_path, const OutputSettings& settings,
                                              const RunOptions& options);

}  // namespace imgopt
