// The topics of `imgopt help TOPIC` that are no commands.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "tool/settings/option_table.hpp"

namespace imgopt {

struct HelpTopic {
  std::string_view name;
  std::string_view summary;  // one line
  std::string_view text;     // lines of at most 80 characters
};

// The groups of options in the order in which people are told of them.
struct OptionGroupTitle {
  OptionGroup group;
  std::string_view title;
};
inline constexpr std::array k_option_groups = {
    OptionGroupTitle{OptionGroup::settings, "What is wanted of an image"},
    OptionGroupTitle{OptionGroup::sources, "Sources and outputs"},
    OptionGroupTitle{OptionGroup::running, "Running"},
    OptionGroupTitle{OptionGroup::telling, "Telling"},
};

[[nodiscard]] std::span<const HelpTopic> help_topics();

// The whole text, with tables from the option table where the topic has one.
[[nodiscard]] std::string topic_text(const HelpTopic& topic);

}  // namespace imgopt
