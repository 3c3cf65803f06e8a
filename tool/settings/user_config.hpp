// The user's own configuration: what holds for every project of whoever runs the program.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "tool/settings/command_line.hpp"
#include "tool/settings/config_file.hpp"
#include "tool/settings/run_options.hpp"

namespace imgopt {

// Reads a configuration; its path is named in messages. A file that is not there is
// ErrorCode::invalid_config.
[[nodiscard]] Result<ConfigFile> read_config_file(const std::string& path, ConfigRole role);

// The user's file (user_config_file()), if there is one.
[[nodiscard]] Result<std::optional<ConfigFile>> read_user_config();

// For commands that build nothing: the command line over the user's file.
[[nodiscard]] Result<RunOptions> run_options_of(const CommandLine& command_line);

}  // namespace imgopt
