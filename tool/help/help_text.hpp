// The texts of --help and of `imgopt help TOPIC`, made from the option table where they speak of options.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "tool/settings/option_table.hpp"

namespace imgopt {

// `imgopt --help`: the commands, the most used options, examples.
[[nodiscard]] std::string overview_text();
// `imgopt COMMAND --help`: every option that it accepts, in groups. No line is longer than 80 characters.
[[nodiscard]] std::string command_help(Command command);
// The overview for an empty topic; a command's help for its name; else a topic of its own. An unknown topic
// is ErrorCode::invalid_argument with the list of topics.
[[nodiscard]] Result<std::string> help_topic(std::string_view topic);

}  // namespace imgopt
