#include "tool/settings/settings_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/tool/options/layers.hpp"
#include "tool/settings/settings_resolver.hpp"

namespace imgopt {
namespace {

const SettingLine& line_of(const std::vector<SettingLine>& lines, std::string_view name) {
  return *std::find_if(lines.begin(), lines.end(),
                       [&](const SettingLine& line) { return line.name == name; });
}

TEST(SettingsText, NamesValueAndLayerOfEverySetting) {
  std::vector<SettingsLayer> lower = {
      layer("imgopt.json", {{"format", "webp"}, {"format", "keep"}, {"resize", "9x9"}})};
  SettingsResolver resolver(std::move(lower), {},
                            layer("command line", {{"quality", "avif=33"}, {"width", "640"}}));
  const auto lines = describe_settings(*resolver.settings_for("a.png").value(), resolver.layers());
  EXPECT_EQ(joined_values(line_of(lines, "format")), "webp, keep");
  EXPECT_EQ(line_of(lines, "format").layer, "imgopt.json");
  EXPECT_EQ(line_of(lines, "format").place, "imgopt.json: format");
  EXPECT_EQ(joined_values(line_of(lines, "quality.avif")), "33");
  EXPECT_EQ(line_of(lines, "quality.avif").layer, "command line");
  EXPECT_TRUE(line_of(lines, "quality").values.empty());
  EXPECT_EQ(line_of(lines, "effort").layer, "default");
  EXPECT_EQ(joined_values(line_of(lines, "width")), "640");
  // The width has undone the weaker size.
  EXPECT_TRUE(line_of(lines, "resize").values.empty());
  EXPECT_EQ(line_of(lines, "resize").layer, "command line");
}

TEST(SettingsText, HasALineForEverySettingOfTheTable) {
  SettingsResolver resolver({}, {}, SettingsLayer("command line"));
  const auto lines = describe_settings(*resolver.settings_for("a.png").value(), resolver.layers());
  for (const OptionSpec& spec : option_table())
    if (spec.group == OptionGroup::settings && spec.id != OptionId::profile) {
      const SettingLine& line = line_of(lines, spec.name);
      EXPECT_EQ(line.layer, "default");
      // What is told is the default of the table.
      if (!spec.default_value.empty()) {
        EXPECT_EQ(joined_values(line), value_text(spec, *parse_value(spec, spec.default_value))) << spec.name;
      }
    }
}

TEST(SettingsText, TellsTheStrongestLayerOfARunsOptions) {
  const SettingsLayer user = layer("user", {{"jobs", "2"}, {"hidden", "yes"}});
  const SettingsLayer project = layer("project", {{"jobs", "3"}});
  const SettingsLayer* const layers[] = {&user, &project};
  const auto lines = describe_run(layers);
  EXPECT_EQ(joined_values(line_of(lines, "jobs")), "3");
  EXPECT_EQ(line_of(lines, "jobs").layer, "project");
  EXPECT_EQ(line_of(lines, "hidden").layer, "user");
  EXPECT_EQ(line_of(lines, "out").layer, "default");
}

}  // namespace
}  // namespace imgopt
