#include "tool/settings/option_table.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tool/settings/option_value.hpp"

namespace imgopt {
namespace {

TEST(OptionTable, HasEveryNameAndLetterOnce) {
  std::set<std::string_view> names;
  std::set<char> letters;
  for (const OptionSpec& spec : option_table()) {
    EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
    if (spec.short_name != 0) {
      EXPECT_TRUE(letters.insert(spec.short_name).second) << spec.short_name;
    }
  }
}

TEST(OptionTable, HasDefaultsThatItsOwnParserTakes) {
  for (const OptionSpec& spec : option_table())
    if (!spec.default_value.empty()) {
      const auto value = parse_value(spec, spec.default_value);
      ASSERT_TRUE(value) << spec.name << ": " << value.error().message;
    }
}

TEST(OptionTable, SaysWhatEveryOptionTakesAndEndsSentences) {
  for (const OptionSpec& spec : option_table()) {
    EXPECT_TRUE(spec.summary.ends_with('.')) << spec.name;
    EXPECT_NE(spec.commands, 0) << spec.name;
    EXPECT_EQ(spec.kind == ValueKind::flag, spec.value_name.empty() && spec.choices.empty()) << spec.name;
    EXPECT_FALSE(!spec.value_name.empty() && !spec.choices.empty()) << spec.name;
    EXPECT_EQ(spec.kind == ValueKind::choice, !spec.choices.empty()) << spec.name;
  }
}

TEST(OptionTable, LetsRulesSayExactlyTheSettingsOfImages) {
  for (const OptionSpec& spec : option_table())
    EXPECT_EQ(spec.config == ConfigUse::anywhere, spec.group == OptionGroup::settings) << spec.name;
}

// A project's file must not weaken the safety of whoever builds it.
TEST(OptionTable, KeepsTheSandboxSwitchOutOfConfigurations) {
  EXPECT_EQ(option(OptionId::no_sandbox).config, ConfigUse::none);
  EXPECT_EQ(option(OptionId::require_sandbox).config, ConfigUse::top_level);
}

TEST(OptionTable, FindsByNameAlone) {
  ASSERT_NE(find_option("max-bytes"), nullptr);
  EXPECT_EQ(find_option("max-bytes")->id, OptionId::max_bytes);
  EXPECT_EQ(find_option("max_bytes"), nullptr);
  EXPECT_EQ(find_option(""), nullptr);
  ASSERT_NE(find_command("doctor"), nullptr);
  EXPECT_EQ(find_command("doctor")->command, Command::doctor);
  EXPECT_EQ(find_command("wacth"), nullptr);
}

}  // namespace
}  // namespace imgopt
