// BuildRequest: what one `imgopt build` was asked for, from the command line and its configuration.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "tool/scan/scan.hpp"
#include "tool/settings/check_config.hpp"
#include "tool/settings/command_line.hpp"
#include "tool/settings/run_options.hpp"
#include "tool/settings/settings_resolver.hpp"

namespace imgopt {

// What a request is for: outputs in a folder, or the sources themselves.
enum class RequestUse : std::uint8_t { build, in_place };

struct BuildRequest {
  RunOptions options;
  ScanRequest scan;
  std::unique_ptr<SettingsResolver> resolver;
  std::string out;    // absolute; empty in place where no configuration names one
  std::string state;  // absolute path of the build state; empty in place
  // In place: the folders that the configuration names as sources, absolute and with a slash at the end, the
  // longest first, then the configuration's own: rules speak of names relative to them.
  std::vector<std::string> rule_roots;
  CheckConfig check;                          // of the project's configuration
  std::optional<std::string> cache_folder;    // none with --no-cache
  std::vector<std::string> config_files;      // read for this request, absolute: prerequisites of the build
  std::optional<std::string> project_config;  // absolute; none where only the user's and folders' own count
  // The current folder and the command line's words, each ended by '\0': the state keeps it for
  // `imgopt explain`.
  std::string invocation;
  unsigned jobs = 1;
  std::uint64_t memory_limit = 0;  // bytes
};

// Where the state of a build with these options, of which --out or --state is one, is: --state, else the place
// for its --out and --build-name.
[[nodiscard]] Result<std::string> state_path_of(const RunOptions& options);

// Reads the user's configuration and the project's (--config, --request, or imgopt.json here where no source
// is named) and merges it below the command line. In place, an imgopt.json here counts also where sources are
// named, formats, sizes in pixels and names are kept whatever it says, and of what it says about quality
// SettingsResolver takes a part. Fails with invalid_argument or
// invalid_config, or not_found for a file that is not there. For Command::config, sources and an output
// folder may be missing.
[[nodiscard]] Result<BuildRequest> make_build_request(const CommandLine& command_line,
                                                      RequestUse use = RequestUse::build);

// Puts the imgopt.json files that the scan found in source folders into the request's resolver: their
// settings and rules, for what lies below them. What such a file says of a whole run counts only in its own
// builds. A file that is the request's configuration already is left out.
[[nodiscard]] Result<void> take_folder_configs(BuildRequest& request, const ScanResult& scanned);

}  // namespace imgopt
