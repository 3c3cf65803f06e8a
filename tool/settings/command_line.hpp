// Parses the command line by the option table.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "tool/settings/option_table.hpp"
#include "tool/settings/settings_layer.hpp"

namespace imgopt {

enum class CacheAction : std::uint8_t { stats, verify, gc, clear };

struct CommandLine {
  Command command = Command::help;
  CacheAction cache_action = CacheAction::stats;  // with Command::cache
  std::string help_topic;               // with Command::help: a topic, a command, or empty: the overview
  std::vector<std::string> arguments;   // SOURCE..., or A B
  SettingsLayer layer{"command line"};  // for merge_settings and merge_run_options
  std::vector<std::string> words;       // as they were given, the command first
};

// `arguments` is argv without the program's name. Wrong use is ErrorCode::invalid_argument with one sentence
// and, where a spelling is near, a suggestion. `imgopt COMMAND --help` is Command::help with that topic.
[[nodiscard]] Result<CommandLine> parse_command_line(std::span<const char* const> arguments);

}  // namespace imgopt
