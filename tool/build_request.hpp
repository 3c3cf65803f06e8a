// BuildRequest: what one `imgopt build` was asked for, from the command line and its configuration.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "tool/command_line.hpp"
#include "tool/run_options.hpp"
#include "tool/scan.hpp"
#include "tool/settings_resolver.hpp"

namespace imgopt {

struct BuildRequest {
  RunOptions options;
  ScanRequest scan;
  std::unique_ptr<SettingsResolver> resolver;
  std::string out;                          // absolute
  std::string state;                        // absolute path of the build state
  std::optional<std::string> cache_folder;  // none with --no-cache
  std::vector<std::string> config_files;    // read for this request, absolute: prerequisites of the build
  unsigned jobs = 1;
  std::uint64_t memory_limit = 0;  // bytes
};

// Reads the configuration (--config, --request, or imgopt.json here where no source is named) and merges it below
// the command line. Fails with invalid_argument or invalid_config, or not_found for a file that is not there.
[[nodiscard]] Result<BuildRequest> make_build_request(const CommandLine& command_line);

}  // namespace imgopt
