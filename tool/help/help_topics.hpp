// The topics of `imgopt help TOPIC` that are no commands.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace imgopt {

struct HelpTopic {
  std::string_view name;
  std::string_view summary;  // one line
  std::string_view text;     // lines of at most 80 characters
};

[[nodiscard]] std::span<const HelpTopic> help_topics();

// The whole text, with tables from the option table where the topic has one.
[[nodiscard]] std::string topic_text(const HelpTopic& topic);

}  // namespace imgopt
