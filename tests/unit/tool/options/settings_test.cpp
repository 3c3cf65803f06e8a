#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/tool/options/layers.hpp"
#include "tool/settings/image_settings.hpp"
#include "tool/settings/settings_resolver.hpp"

namespace imgopt {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ImageSettings merged_settings(const std::vector<SettingsLayer>& layers) {
  std::vector<const SettingsLayer*> stack;
  for (const SettingsLayer& one : layers)
    stack.push_back(&one);
  return merge_settings(stack).value();
}

std::size_t slot(ImageFormat format) {
  return static_cast<std::size_t>(format);
}
LayerIndex origin(const ImageSettings& settings, OptionId id) {
  return settings.origins.of_option[index_of(id)];
}

TEST(ImageSettings, HaveTheTablesDefaults) {
  const ImageSettings settings = default_settings();
  EXPECT_THAT(settings.formats, ElementsAre(FormatChoice::keep));
  EXPECT_TRUE(settings.widths.empty());
  EXPECT_EQ(settings.resize, ResizeValue{});
  EXPECT_EQ(settings.quality, std::nullopt);
  EXPECT_EQ(settings.lossless, Lossless::no);
  EXPECT_EQ(settings.effort, 5);
  EXPECT_EQ(settings.metadata, MetadataPolicy::none);
  EXPECT_EQ(settings.role, Role::color);
  EXPECT_EQ(settings.background, (RgbColor{255, 255, 255}));
  EXPECT_EQ(settings.transparent_color, TransparentColorChoice::automatic);
  for (const LayerIndex index : settings.origins.of_option)
    EXPECT_EQ(index, k_from_defaults);
}

TEST(ImageSettings, TakeEverySettingFromALayer) {
  const ImageSettings s = merged_settings({layer("l", {{"effort", "9"},
                                                       {"subsampling", "444"},
                                                       {"progressive", "no"},
                                                       {"max-bytes", "10k"},
                                                       {"min-savings", "3"},
                                                       {"metadata", "all"},
                                                       {"role", "ui"},
                                                       {"background", "black"},
                                                       {"transparent-color", "keep"},
                                                       {"name", "x-{stem}.{ext}"},
                                                       {"lossless", "yes"},
                                                       {"resize", "longest:9"}})});
  EXPECT_EQ(s.effort, 9);
  EXPECT_EQ(s.subsampling, ChromaSubsampling::s444);
  EXPECT_EQ(s.progressive, Progressive::no);
  EXPECT_EQ(s.max_bytes, 10000u);
  EXPECT_EQ(s.min_savings, 30);
  EXPECT_EQ(s.metadata, MetadataPolicy::all);
  EXPECT_EQ(s.role, Role::ui);
  EXPECT_EQ(s.background, (RgbColor{0, 0, 0}));
  EXPECT_EQ(s.transparent_color, TransparentColorChoice::keep);
  EXPECT_EQ(s.name_pattern, "x-{stem}.{ext}");
  EXPECT_EQ(s.lossless, Lossless::yes);
  EXPECT_EQ(s.resize, (ResizeValue{ResizeMode::longest, 9, 0}));
}

TEST(ImageSettings, KnowWhichLayerSetThem) {
  const ImageSettings s =
      merged_settings({layer("a", {{"effort", "1"}, {"role", "ui"}}), layer("b", {{"effort", "2"}}),
                       layer("c", {{"quality", "avif=50"}})});
  EXPECT_EQ(s.effort, 2);
  EXPECT_EQ(origin(s, OptionId::effort), 1);
  EXPECT_EQ(origin(s, OptionId::role), 0);
  EXPECT_EQ(origin(s, OptionId::metadata), k_from_defaults);
  EXPECT_EQ(s.origins.of_format_quality[slot(ImageFormat::avif)], 2);
  EXPECT_EQ(s.origins.of_format_quality[slot(ImageFormat::jpeg)], k_from_defaults);
}

TEST(ImageSettings, ReplaceListsAsAWhole) {
  const ImageSettings s = merged_settings(
      {layer("a", {{"format", "webp"}, {"format", "avif"}, {"width", "100"}}),
       layer("b", {{"format", "keep"}, {"width", "640"}, {"width", "320"}, {"width", "640"}})});
  EXPECT_THAT(s.formats, ElementsAre(FormatChoice::keep));
  EXPECT_THAT(s.widths, ElementsAre(320, 640));
}

TEST(ImageSettings, LetWidthAndResizeReplaceEachOther) {
  const ImageSettings resized =
      merged_settings({layer("a", {{"width", "100"}}), layer("b", {{"resize", "longest:50"}})});
  EXPECT_TRUE(resized.widths.empty());
  EXPECT_EQ(resized.resize.mode, ResizeMode::longest);
  const ImageSettings widths =
      merged_settings({layer("a", {{"resize", "50"}}), layer("b", {{"width", "100"}})});
  EXPECT_THAT(widths.widths, ElementsAre(100));
  EXPECT_EQ(widths.resize, ResizeValue{});
  EXPECT_EQ(origin(widths, OptionId::resize), 1);
  EXPECT_TRUE(
      merged_settings({layer("a", {{"width", "100"}}), layer("b", {{"resize", "none"}})}).widths.empty());
  SettingsLayer no_width("c");
  no_width.set(OptionId::width, {}, "c");
  EXPECT_TRUE(merged_settings({layer("a", {{"width", "100"}}), no_width}).widths.empty());
}

TEST(ImageSettings, LetAGeneralQualityReplaceWeakerOnesOfLossyFormats) {
  const ImageSettings s =
      merged_settings({layer("a", {{"quality", "80"}, {"quality", "avif=50"}, {"quality", "png=70"}}),
                       layer("b", {{"quality", "60"}})});
  EXPECT_EQ(s.quality->quality, 60);
  EXPECT_EQ(s.quality_of[slot(ImageFormat::avif)], std::nullopt);
  // It never speaks for PNG, so it cannot replace what was said for PNG.
  EXPECT_EQ(s.quality_of[slot(ImageFormat::png)]->quality, 70);
}

TEST(ImageSettings, KeepOtherQualitiesWhereOneFormatsIsReplaced) {
  const ImageSettings s = merged_settings(
      {layer("a", {{"quality", "80"}, {"quality", "avif=50"}}), layer("b", {{"quality", "webp=60"}})});
  EXPECT_EQ(s.quality->quality, 80);
  EXPECT_EQ(s.quality_of[slot(ImageFormat::avif)]->quality, 50);
  EXPECT_EQ(s.quality_of[slot(ImageFormat::webp)]->quality, 60);
  EXPECT_EQ(origin(s, OptionId::quality), 0);
}

TEST(ImageSettings, LetLosslessAndQualityReplaceEachOther) {
  const ImageSettings lossless = merged_settings(
      {layer("a", {{"quality", "80"}, {"quality", "avif=50"}}), layer("b", {{"lossless", "yes"}})});
  EXPECT_EQ(lossless.lossless, Lossless::yes);
  EXPECT_EQ(lossless.quality, std::nullopt);
  EXPECT_EQ(lossless.quality_of[slot(ImageFormat::avif)], std::nullopt);
  const ImageSettings lossy =
      merged_settings({layer("a", {{"lossless", "yes"}}), layer("b", {{"quality", "80"}})});
  EXPECT_EQ(lossy.lossless, Lossless::no);
  EXPECT_EQ(origin(lossy, OptionId::lossless), 1);
  const ImageSettings both =
      merged_settings({layer("a", {{"quality", "80"}, {"lossless", "yes"}, {"quality", "avif=50"}})});
  EXPECT_EQ(both.lossless, Lossless::yes);
  EXPECT_EQ(both.quality->quality, 80);
  EXPECT_EQ(both.quality_of[slot(ImageFormat::avif)]->quality, 50);
  const ImageSettings one_format =
      merged_settings({layer("a", {{"lossless", "yes"}}), layer("b", {{"quality", "jpeg=80"}})});
  EXPECT_EQ(one_format.lossless, Lossless::yes);
  const ImageSettings undone =
      merged_settings({layer("a", {{"lossless", "yes"}}), layer("b", {{"lossless", "no"}})});
  EXPECT_EQ(undone.lossless, Lossless::no);
}

class RolesWithMeaning : public testing::TestWithParam<const char*> {};

TEST_P(RolesWithMeaning, RefuseRewrittenTransparentColor) {
  const SettingsLayer config = layer("imgopt.json:3", {{"role", GetParam()}});
  const SettingsLayer rule = layer("imgopt.json:9", {{"transparent-color", "rewrite"}});
  const std::array<const SettingsLayer*, 2> stack = {&config, &rule};
  const auto settings = merge_settings(stack);
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().code, ErrorCode::invalid_config);
  EXPECT_EQ(settings.error().message,
            std::string("imgopt.json:9: transparent-color: colour under full transparency must "
                        "not be rewritten for the role ") +
                GetParam() + " (imgopt.json:3: role), whose values mean something");
}

INSTANTIATE_TEST_SUITE_P(All, RolesWithMeaning, testing::Values("normal", "mask", "data"));

TEST(ImageSettings, AllowRewrittenTransparentColorWhereItIsOnlyLookedAt) {
  for (const char* role : {"color", "ui", "pixel-art"})
    EXPECT_EQ(
        merged_settings({layer("l", {{"role", role}, {"transparent-color", "rewrite"}})}).transparent_color,
        TransparentColorChoice::rewrite);
}

TEST(ImageSettings, RefuseANameWithAWidthWhereNoneIsAskedFor) {
  const SettingsLayer line = layer("--name", {{"name", "{width}.{ext}"}});
  const std::array<const SettingsLayer*, 1> stack = {&line};
  const auto settings = merge_settings(stack);
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(settings.error().message,
              HasSubstr("\"{width}.{ext}\" has {width}, but no width is asked for"));
  merged_settings({layer("a", {{"name", "{stem}{width}.{ext}"}, {"width", "3"}})});
  merged_settings({layer("a", {{"name", "{stem}{width}.{ext}"}, {"resize", "3"}})});
}

TEST(SettingsLayer, KeepsTheLastOfOneAndAllOfMany) {
  const SettingsLayer l = layer("l", {{"effort", "1"}, {"effort", "2"}, {"width", "1"}, {"width", "2"}});
  EXPECT_THAT(l.find(OptionId::effort)->values, ElementsAre(OptionValue(std::uint64_t{2})));
  EXPECT_EQ(l.find(OptionId::width)->values.size(), 2u);
  EXPECT_EQ(l.find(OptionId::role), nullptr);
}

TEST(SettingsLayer, SaysTheSameWhateverTheOrderAndPlace) {
  const SettingsLayer a = layer("a", {{"effort", "1"}, {"quality", "80"}, {"jobs", "3"}});
  const SettingsLayer b = layer("b", {{"quality", "80"}, {"jobs", "4"}, {"effort", "1"}});
  EXPECT_EQ(a.canonical_text(OptionGroup::settings), b.canonical_text(OptionGroup::settings));
  EXPECT_NE(a.canonical_text(OptionGroup::running), b.canonical_text(OptionGroup::running));
  const SettingsLayer one = layer("c", {{"name", "a"}, {"quality", "1"}, {"quality", "2"}});
  const SettingsLayer other = layer("d", {{"name", "a"}, {"quality", "2"}, {"quality", "1"}});
  EXPECT_NE(one.canonical_text(OptionGroup::settings), other.canonical_text(OptionGroup::settings));
}

SettingsRule rule(std::string_view pattern, SettingsLayer settings) {
  SettingsRule result{{}, std::move(settings)};
  result.match.push_back(Glob::parse(pattern).value());
  return result;
}

SettingsResolver photo_resolver() {
  std::vector<SettingsLayer> lower = {layer("config", {{"quality", "80"}, {"effort", "1"}})};
  std::vector<SettingsRule> rules;
  rules.push_back(rule("photos/**", layer("rule photos", {{"quality", "70"}, {"effort", "2"}})));
  rules.push_back(rule("**/*.png", layer("rule png", {{"quality", "60"}})));
  return SettingsResolver(std::move(lower), std::move(rules), layer("command line", {{"metadata", "all"}}));
}

TEST(SettingsResolver, LetsTheLaterMatchingRuleWinPerSetting) {
  SettingsResolver resolver = photo_resolver();
  const ImageSettings* none = resolver.settings_for("icons/a.jpg").value();
  EXPECT_EQ(none->quality->quality, 80);
  EXPECT_EQ(none->metadata, MetadataPolicy::all);
  const ImageSettings* photo = resolver.settings_for("photos/x/a.jpg").value();
  EXPECT_EQ(photo->quality->quality, 70);
  EXPECT_EQ(photo->effort, 2);
  const ImageSettings* both = resolver.settings_for("photos/a.png").value();
  EXPECT_EQ(both->quality->quality, 60);
  EXPECT_EQ(both->effort, 2);
  EXPECT_EQ(resolver.layers()[static_cast<std::size_t>(origin(*both, OptionId::quality))]->name(),
            "rule png");
  EXPECT_EQ(resolver.layers()[static_cast<std::size_t>(origin(*both, OptionId::effort))]->name(),
            "rule photos");
  EXPECT_EQ(resolver.layers()[static_cast<std::size_t>(origin(*both, OptionId::metadata))]->name(),
            "command line");
}

TEST(SettingsResolver, SharesSettingsOfSourcesThatMatchTheSameRules) {
  SettingsResolver resolver = photo_resolver();
  const ImageSettings* first = resolver.settings_for("photos/a.jpg").value();
  resolver.settings_for("b.png").value();
  EXPECT_EQ(resolver.settings_for("photos/b/c.jpg").value(), first);
}

TEST(SettingsResolver, RefusesOnlyTheSourcesThatContradictConcerns) {
  std::vector<SettingsRule> rules;
  rules.push_back(
      rule("masks/**", layer("imgopt.json:7", {{"role", "mask"}, {"transparent-color", "rewrite"}})));
  SettingsResolver resolver({}, std::move(rules), SettingsLayer("command line"));
  EXPECT_TRUE(resolver.settings_for("a.png"));
  const auto wrong = resolver.settings_for("masks/a.png");
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("imgopt.json:7: transparent-color"));
}

TEST(SettingsResolver, LetsAFoldersFileSpeakForWhatLiesBelowItAlone) {
  std::vector<SettingsLayer> lower = {layer("project", {{"quality", "80"}, {"effort", "1"}})};
  std::vector<SettingsRule> rules;
  rules.push_back(rule("*.jpg", layer("project's rule", {{"effort", "3"}})));
  SettingsResolver resolver(std::move(lower), std::move(rules), SettingsLayer("command line"));
  std::vector<SettingsRule> folder_rules;
  folder_rules.push_back(rule("b/*", layer("folder's rule", {{"metadata", "all"}})));
  resolver.add_folder("a/", layer("a/imgopt.json", {{"quality", "70"}, {"effort", "2"}}),
                      std::move(folder_rules));
  resolver.add_folder("a/b/", layer("a/b/imgopt.json", {{"quality", "60"}}), {});
  const auto quality_of = [&](std::string_view name) {
    return resolver.settings_for(name).value()->quality->quality;
  };
  EXPECT_EQ(quality_of("x.png"), 80);
  EXPECT_EQ(quality_of("ab/x.png"), 80);
  EXPECT_EQ(quality_of("a/x.png"), 70);
  EXPECT_EQ(quality_of("a/b/x.png"), 60);
  // A rule is stronger than a folder's file; a folder's rule sees names from its folder down.
  EXPECT_EQ(resolver.settings_for("a/x.jpg").value()->effort, 3);
  EXPECT_EQ(resolver.settings_for("a/x.png").value()->effort, 2);
  EXPECT_EQ(resolver.settings_for("a/b/x.png").value()->metadata, MetadataPolicy::all);
  EXPECT_EQ(resolver.settings_for("b/x.png").value()->metadata, MetadataPolicy::none);
}

TEST(SettingsResolver, TakesLossesInPlaceFromTheCommandLineAndFromQualitiesOfOneFormatAlone) {
  const auto settings = [](SettingsUse use, SettingsLayer command_line) {
    std::vector<SettingsLayer> lower = {
        layer("user", {{"profile", "web"}}),
        layer("config", {{"quality", "75"}, {"quality", "jpeg=82"}, {"max-bytes", "1k"}, {"effort", "3"}})};
    std::vector<SettingsRule> rules;
    rules.push_back(rule("**", layer("rule", {{"profile", "web"}, {"quality", "png=70"}})));
    SettingsResolver resolver(std::move(lower), std::move(rules), std::move(command_line), use);
    return *resolver.settings_for("a.png").value();
  };
  const auto quality_of = [](const ImageSettings& of, ImageFormat format) {
    return of.quality_of[static_cast<std::size_t>(format)];
  };
  const ImageSettings build = settings(SettingsUse::build, SettingsLayer("command line"));
  EXPECT_TRUE(build.quality);
  EXPECT_TRUE(quality_of(build, ImageFormat::avif));
  EXPECT_EQ(build.max_bytes, 1000U);

  const ImageSettings in_place = settings(SettingsUse::in_place, SettingsLayer("command line"));
  EXPECT_FALSE(in_place.quality);
  EXPECT_EQ(origin(in_place, OptionId::quality), k_from_defaults);
  EXPECT_FALSE(quality_of(in_place, ImageFormat::avif));
  EXPECT_EQ(in_place.max_bytes, 0U);
  EXPECT_EQ(quality_of(in_place, ImageFormat::png)->quality, 70);
  EXPECT_EQ(in_place.effort, 3);

  const ImageSettings asked =
      settings(SettingsUse::in_place, layer("command line", {{"quality", "60"}, {"max-bytes", "2k"}}));
  EXPECT_EQ(asked.quality->quality, 60);
  EXPECT_EQ(asked.max_bytes, 2000U);
  const ImageSettings by_profile =
      settings(SettingsUse::in_place, layer("command line", {{"profile", "web"}}));
  EXPECT_EQ(quality_of(by_profile, ImageFormat::avif)->quality, 60);
}

TEST(SettingsResolver, HasACanonicalTextThatSeesFolders) {
  const auto text = [](const std::string& folder) {
    SettingsResolver resolver({}, {}, SettingsLayer("command line"));
    resolver.add_folder(folder, layer("f", {{"quality", "70"}}), {});
    return resolver.canonical_text();
  };
  EXPECT_EQ(text("a/"), text("a/"));
  EXPECT_NE(text("a/"), text("b/"));
}

TEST(SettingsResolver, HasACanonicalTextThatSeesPatternsAndSettings) {
  EXPECT_EQ(photo_resolver().canonical_text(), photo_resolver().canonical_text());
  const auto text = [](std::string_view pattern, std::string_view quality, std::string_view jobs) {
    std::vector<SettingsRule> rules;
    rules.push_back(rule(pattern, layer("r", {{"quality", quality}})));
    return SettingsResolver({}, std::move(rules), layer("command line", {{"jobs", jobs}})).canonical_text();
  };
  EXPECT_NE(text("a", "80", "1"), text("b", "80", "1"));
  EXPECT_NE(text("a", "80", "1"), text("a", "81", "1"));
  EXPECT_EQ(text("a", "80", "1"), text("a", "80", "2"));
}

}  // namespace
}  // namespace imgopt
