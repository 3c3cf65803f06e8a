#include "tool/settings/profile.hpp"

#include <gtest/gtest.h>

#include "tests/unit/tool/options/layers.hpp"
#include "tool/settings/settings_resolver.hpp"

namespace imgopt {
namespace {

TEST(Profile, HasOnlyValuesThatItsOptionsTake) {
  for (const Choice& choice : option(OptionId::profile).choices) {
    EXPECT_FALSE(profile_settings(static_cast<Profile>(choice.value)).empty());
    for (const ProfileSetting& setting : profile_settings(static_cast<Profile>(choice.value))) {
      EXPECT_TRUE(parse_value(option(setting.option), setting.value)) << choice.name << " " << setting.value;
      EXPECT_EQ(option(setting.option).config, ConfigUse::anywhere);
    }
  }
}

TEST(Profile, IsNamedWithTheLayerThatNamesIt) {
  EXPECT_FALSE(profile_below(layer("a", {{"quality", "3"}})));
  const auto below = profile_below(layer("imgopt.json", {{"profile", "archive"}}));
  ASSERT_TRUE(below);
  EXPECT_EQ(below->name(), "profile archive, imgopt.json");
}

TEST(Profile, StandsBelowWhatIsSaidBesideItAndAboveWeakerLayers) {
  std::vector<SettingsLayer> lower = {layer("user", {{"effort", "1"}, {"quality", "50"}}),
                                      layer("project", {{"profile", "web"}, {"quality", "70"}})};
  SettingsResolver resolver(std::move(lower), {}, SettingsLayer("command line"));
  const ImageSettings& settings = *resolver.settings_for("a.png").value();
  EXPECT_EQ(settings.formats.size(), 3u);
  EXPECT_EQ(settings.quality->quality, 70);
  EXPECT_EQ(settings.effort, 1);
}

TEST(Profile, OfTheCommandLineWinsOverAFilesSettings) {
  std::vector<SettingsLayer> lower = {layer("project", {{"format", "webp"}, {"quality", "70"}})};
  SettingsResolver resolver(std::move(lower), {},
                            layer("command line", {{"profile", "game"}, {"effort", "2"}}));
  const ImageSettings& settings = *resolver.settings_for("a.png").value();
  EXPECT_EQ(settings.lossless, Lossless::yes);
  EXPECT_EQ(settings.formats, std::vector{FormatChoice::keep});
  EXPECT_EQ(settings.effort, 2);
}

}  // namespace
}  // namespace imgopt
