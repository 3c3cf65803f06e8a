#include "tool/plan/expand_outputs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

#include "tests/unit/tool/options/case_name.hpp"
#include "tests/unit/tool/options/layers.hpp"

namespace imgopt {
namespace {

using testing::ElementsAre;
using Options = std::initializer_list<std::pair<std::string_view, std::string_view>>;

ImageSettings settings_of(Options options) {
  const SettingsLayer one = layer("test", options);
  const std::array<const SettingsLayer*, 1> stack = {&one};
  return merge_settings(stack).value();
}

std::vector<std::string> paths(std::string_view source, ImageFormat format, Options options) {
  std::vector<std::string> result;
  for (const ExpandedOutput& output : expand_outputs(source, format, settings_of(options)))
    result.push_back(output.path);
  return result;
}

OutputSettings only_output(ImageFormat source, Options options) {
  const auto outputs = expand_outputs("a.img", source, settings_of(options));
  EXPECT_EQ(outputs.size(), 1u);
  return outputs.at(0).settings;
}

TEST(OutputNames, KeepTheSourcesOwn) {
  EXPECT_THAT(paths("x/a.png", ImageFormat::png, {}), ElementsAre("x/a.png"));
  EXPECT_THAT(paths("x/a.JPG", ImageFormat::jpeg, {}), ElementsAre("x/a.JPG"));
  EXPECT_THAT(paths("x/a", ImageFormat::png, {}), ElementsAre("x/a"));
  EXPECT_THAT(paths("x/a.", ImageFormat::png, {}), ElementsAre("x/a."));
  EXPECT_THAT(paths("a.b/.png", ImageFormat::png, {}), ElementsAre("a.b/.png"));
}

TEST(OutputNames, TakeTheFormatsExtension) {
  EXPECT_THAT(paths("x/a.png", ImageFormat::png, {{"format", "webp"}}), ElementsAre("x/a.webp"));
  EXPECT_THAT(paths("a.jpeg", ImageFormat::jpeg, {{"format", "jpeg"}}), ElementsAre("a.jpg"));
  EXPECT_THAT(paths("a.tar.png", ImageFormat::png, {{"format", "tiff"}}), ElementsAre("a.tar.tif"));
  EXPECT_THAT(paths("dir.d/a", ImageFormat::png, {{"format", "webp"}}), ElementsAre("dir.d/a.webp"));
  EXPECT_THAT(paths(".hidden", ImageFormat::png, {{"format", "webp"}}), ElementsAre(".hidden.webp"));
}

TEST(OutputNames, TakeWidths) {
  EXPECT_THAT(paths("x/a.png", ImageFormat::png,
                    {{"format", "webp"}, {"format", "keep"}, {"width", "1280"}, {"width", "640"}}),
              ElementsAre("x/a-640w.webp", "x/a-1280w.webp", "x/a-640w.png", "x/a-1280w.png"));
  EXPECT_THAT(paths("a", ImageFormat::png, {{"width", "64"}}), ElementsAre("a-64w"));
  EXPECT_THAT(paths("a.JPG", ImageFormat::jpeg, {{"width", "64"}}), ElementsAre("a-64w.JPG"));
}

TEST(OutputNames, DoNotSayAResize) {
  EXPECT_THAT(paths("a.png", ImageFormat::png, {{"format", "webp"}, {"resize", "longest:64"}}),
              ElementsAre("a.webp"));
}

TEST(OutputNames, FollowThePattern) {
  EXPECT_THAT(paths("x/a.png", ImageFormat::png,
                    {{"format", "webp"},
                     {"format", "keep"},
                     {"width", "64"},
                     {"name", "{format}/{stem}@{width}.{ext}"}}),
              ElementsAre("x/webp/a@64.webp", "x/png/a@64.png"));
  EXPECT_THAT(paths("a.png", ImageFormat::png, {{"resize", "64"}, {"name", "{stem}{width}.{ext}"}}),
              ElementsAre("a64.png"));
  EXPECT_THAT(paths("a.png", ImageFormat::png, {{"name", "small_{stem}.{ext}"}}), ElementsAre("small_a.png"));
}

TEST(Outputs, AreOneWhereKeepIsTheFormatAskedFor) {
  EXPECT_THAT(paths("a.png", ImageFormat::png, {{"format", "keep"}, {"format", "png"}}),
              ElementsAre("a.png"));
  EXPECT_THAT(paths("a.jpeg", ImageFormat::jpeg, {{"format", "keep"}, {"format", "jpeg"}}),
              ElementsAre("a.jpeg", "a.jpg"));
}

TEST(Outputs, AreTwoWithOneNameWhereTheirSettingsDiffer) {
  EXPECT_THAT(paths("a.png", ImageFormat::png, {{"width", "1"}, {"width", "2"}, {"name", "{stem}.{ext}"}}),
              ElementsAre("a.png", "a.png"));
}

struct QualityCase {
  ImageFormat source;
  std::string_view format;
  std::vector<std::pair<std::string_view, std::string_view>> options;
  std::string expected;  // "lossless", or a quality as on the command line
};
void PrintTo(const QualityCase& c, std::ostream* out) {
  *out << case_name(c.format);
}

std::string quality_text(const OutputSettings& s) {
  if (s.lossless == Lossless::yes)
    return "lossless";
  if (s.quality_mode == Quality::near_lossless)
    return "near-lossless:" + std::to_string(s.quality);
  return s.quality_mode == Quality::target ? "auto:" + std::to_string(s.target_score / 100)
                                           : std::to_string(s.quality);
}

class QualityRules : public testing::TestWithParam<QualityCase> {};

TEST_P(QualityRules, DecideWhatIsLossless) {
  SettingsLayer one = layer("test", {{"format", GetParam().format}});
  for (const auto& [key, text] : GetParam().options)
    one.add(find_option(key)->id, parse_value(*find_option(key), text).value(), "test");
  const std::array<const SettingsLayer*, 1> stack = {&one};
  const auto outputs = expand_outputs("a.img", GetParam().source, merge_settings(stack).value());
  ASSERT_EQ(outputs.size(), 1u);
  EXPECT_EQ(quality_text(outputs[0].settings), GetParam().expected);
}

constexpr auto k_png = ImageFormat::png;
constexpr auto k_jpeg = ImageFormat::jpeg;
constexpr auto k_webp = ImageFormat::webp;

INSTANTIATE_TEST_SUITE_P(
    OfKept, QualityRules,
    testing::Values(QualityCase{k_png, "keep", {}, "lossless"}, QualityCase{k_jpeg, "keep", {}, "lossless"},
                    QualityCase{k_jpeg, "jpeg", {}, "lossless"}, QualityCase{k_webp, "keep", {}, "lossless"},
                    QualityCase{ImageFormat::avif, "keep", {}, "lossless"},
                    QualityCase{k_jpeg, "keep", {{"quality", "70"}}, "70"},
                    QualityCase{k_jpeg, "keep", {{"quality", "jpeg=70"}}, "70"},
                    QualityCase{k_jpeg, "keep", {{"quality", "webp=70"}}, "lossless"},
                    QualityCase{k_jpeg, "keep", {{"quality", "auto:90"}}, "auto:90"},
                    QualityCase{k_jpeg, "keep", {{"width", "64"}}, "80"},
                    QualityCase{k_jpeg, "keep", {{"resize", "longest:64"}}, "80"},
                    QualityCase{k_jpeg, "keep", {{"max-bytes", "10k"}}, "80"},
                    QualityCase{ImageFormat::avif, "keep", {{"width", "64"}}, "60"},
                    QualityCase{k_png, "keep", {{"quality", "70"}}, "lossless"},
                    QualityCase{k_png, "keep", {{"quality", "png=70"}}, "70"},
                    QualityCase{k_png, "keep", {{"width", "64"}, {"max-bytes", "10k"}}, "lossless"}));

INSTANTIATE_TEST_SUITE_P(
    OfConverted, QualityRules,
    testing::Values(QualityCase{k_png, "jpeg", {}, "80"}, QualityCase{k_png, "webp", {}, "80"},
                    QualityCase{k_png, "avif", {}, "60"}, QualityCase{k_png, "jxl", {}, "80"},
                    QualityCase{k_jpeg, "png", {}, "lossless"}, QualityCase{k_jpeg, "gif", {}, "100"},
                    QualityCase{k_jpeg, "tiff", {{"quality", "50"}}, "lossless"},
                    QualityCase{k_jpeg, "gif", {{"quality", "gif=50"}}, "50"},
                    QualityCase{k_jpeg, "gif", {{"quality", "50"}}, "100"},
                    QualityCase{ImageFormat::gif, "gif", {}, "lossless"},
                    QualityCase{ImageFormat::gif, "gif", {{"width", "64"}}, "100"},
                    QualityCase{k_png, "gif", {{"lossless", "yes"}}, "lossless"},
                    QualityCase{k_png, "webp", {{"quality", "near-lossless:40"}}, "near-lossless:40"},
                    QualityCase{k_png, "jxl", {{"quality", "near-lossless:40"}}, "lossless"},
                    QualityCase{k_png, "jpeg", {{"quality", "near-lossless:40"}}, "95"},
                    QualityCase{k_png, "webp", {{"quality", "70"}, {"quality", "webp=60"}}, "60"},
                    QualityCase{k_png, "webp", {{"quality", "70"}, {"quality", "avif=60"}}, "70"},
                    QualityCase{k_png, "avif", {{"quality", "auto"}}, "auto:80"}));

INSTANTIATE_TEST_SUITE_P(
    OfLossless, QualityRules,
    testing::Values(QualityCase{k_png, "webp", {{"lossless", "yes"}}, "lossless"},
                    QualityCase{k_png, "avif", {{"lossless", "yes"}, {"width", "64"}}, "lossless"},
                    QualityCase{k_jpeg, "jxl", {{"lossless", "yes"}}, "lossless"},
                    QualityCase{k_jpeg, "keep", {{"lossless", "yes"}, {"max-bytes", "10k"}}, "lossless"},
                    QualityCase{k_jpeg, "keep", {{"lossless", "yes"}, {"width", "64"}}, "95"},
                    QualityCase{k_png, "jpeg", {{"lossless", "yes"}}, "95"},
                    QualityCase{k_png, "jpeg", {{"lossless", "yes"}, {"quality", "70"}}, "70"},
                    QualityCase{k_png, "webp", {{"lossless", "yes"}, {"quality", "70"}}, "lossless"},
                    QualityCase{k_png, "webp", {{"lossless", "yes"}, {"quality", "webp=70"}}, "70"}));

INSTANTIATE_TEST_SUITE_P(
    OfRoles, QualityRules,
    testing::Values(QualityCase{k_png, "webp", {{"role", "normal"}}, "lossless"},
                    QualityCase{k_png, "avif", {{"role", "mask"}}, "lossless"},
                    QualityCase{k_png, "webp", {{"role", "data"}, {"width", "64"}}, "lossless"},
                    QualityCase{k_png, "webp", {{"role", "pixel-art"}}, "lossless"},
                    QualityCase{k_png, "webp", {{"role", "ui"}}, "80"},
                    QualityCase{k_png, "gif", {{"role", "data"}}, "lossless"},
                    QualityCase{k_png, "webp", {{"role", "data"}, {"quality", "70"}}, "70"},
                    QualityCase{k_png, "jpeg", {{"role", "data"}}, "95"}));

TEST(OutputSettings, GetAllColourSamplesWhereJpegStandsInForLossless) {
  EXPECT_EQ(only_output(k_png, {{"format", "jpeg"}, {"lossless", "yes"}}).subsampling,
            ChromaSubsampling::s444);
  EXPECT_EQ(only_output(k_png, {{"format", "jpeg"}, {"lossless", "yes"}, {"subsampling", "420"}}).subsampling,
            ChromaSubsampling::s420);
}

TEST(OutputSettings, RewriteTransparentColorByRole) {
  const auto chosen = [](std::string_view role, std::string_view choice) {
    return only_output(k_png, {{"role", role}, {"transparent-color", choice}}).transparent_color;
  };
  EXPECT_EQ(chosen("color", "auto"), TransparentColor::rewrite);
  EXPECT_EQ(chosen("ui", "auto"), TransparentColor::rewrite);
  for (const std::string_view role : {"normal", "mask", "data", "pixel-art"})
    EXPECT_EQ(chosen(role, "auto"), TransparentColor::keep) << role;
  EXPECT_EQ(chosen("color", "keep"), TransparentColor::keep);
  EXPECT_EQ(chosen("pixel-art", "rewrite"), TransparentColor::rewrite);
}

TEST(OutputSettings, CarryTheSizeAskedFor) {
  const OutputSettings width = only_output(k_png, {{"width", "640"}});
  EXPECT_EQ(width.resize, ResizeMode::width);
  EXPECT_EQ(width.resize_width, 640u);
  EXPECT_EQ(width.resize_height, 0u);
  const OutputSettings fit = only_output(k_png, {{"resize", "640x480"}});
  EXPECT_EQ(fit.resize, ResizeMode::fit);
  EXPECT_EQ(fit.resize_width, 640u);
  EXPECT_EQ(fit.resize_height, 480u);
  const OutputSettings height = only_output(k_png, {{"resize", "x480"}});
  EXPECT_EQ(height.resize, ResizeMode::height);
  EXPECT_EQ(height.resize_width, 0u);
  EXPECT_EQ(height.resize_height, 480u);
}

TEST(OutputSettings, CarryWhatMatters) {
  const OutputSettings s = only_output(k_png, {{"format", "jpeg"},
                                               {"effort", "7"},
                                               {"metadata", "all"},
                                               {"role", "ui"},
                                               {"background", "#010203"},
                                               {"progressive", "yes"},
                                               {"subsampling", "422"},
                                               {"max-bytes", "9k"},
                                               {"min-savings", "5"}});
  EXPECT_EQ(s.effort, 7);
  EXPECT_EQ(s.metadata, MetadataPolicy::all);
  EXPECT_EQ(s.role, Role::ui);
  EXPECT_EQ(s.background, (RgbColor{1, 2, 3}));
  EXPECT_EQ(s.progressive, Progressive::yes);
  EXPECT_EQ(s.subsampling, ChromaSubsampling::s422);
  EXPECT_EQ(s.max_bytes, 9000u);
  EXPECT_EQ(s.min_savings, 0);  // a JPEG is never the PNG's own bytes
  EXPECT_EQ(only_output(k_png, {{"min-savings", "5"}}).min_savings, 50);
}

TEST(OutputSettings, AreAlwaysValid) {
  for (const ImageFormat source : k_all_formats)
    for (const Choice& format : option(OptionId::format).choices)
      for (const Choice& role : option(OptionId::role).choices)
        for (const std::string_view quality : {"100", "auto:100", "png=1"})
          for (const ExpandedOutput& output : expand_outputs("a.png", source,
                                                             settings_of({{"format", format.name},
                                                                          {"role", role.name},
                                                                          {"quality", quality},
                                                                          {"width", "65535"}})))
            EXPECT_TRUE(validate(output.settings));
}

// Settings that cannot matter for a format must not change its key.
struct Irrelevant {
  std::string_view format;
  std::string_view option;
  std::string_view value;
  Lossless lossless = Lossless::no;
};
void PrintTo(const Irrelevant& c, std::ostream* out) {
  *out << case_name(c.option);
}
class IrrelevantSettings : public testing::TestWithParam<Irrelevant> {};

TEST_P(IrrelevantSettings, DoNotChangeTheOutputsSettings) {
  const std::string_view lossless = GetParam().lossless == Lossless::yes ? "yes" : "no";
  const Options plain = {{"format", GetParam().format}, {"lossless", lossless}};
  const Options with = {
      {"format", GetParam().format}, {"lossless", lossless}, {GetParam().option, GetParam().value}};
  EXPECT_EQ(only_output(k_png, plain), only_output(k_png, with));
}

INSTANTIATE_TEST_SUITE_P(
    All, IrrelevantSettings,
    testing::Values(Irrelevant{"png", "quality", "30"}, Irrelevant{"png", "background", "red"},
                    Irrelevant{"png", "subsampling", "444"}, Irrelevant{"png", "progressive", "yes"},
                    Irrelevant{"webp", "subsampling", "444", Lossless::yes},
                    Irrelevant{"webp", "background", "red"}, Irrelevant{"webp", "progressive", "yes"},
                    Irrelevant{"webp", "quality", "avif=3"}, Irrelevant{"avif", "background", "red"},
                    Irrelevant{"avif", "progressive", "yes"},
                    Irrelevant{"avif", "subsampling", "420", Lossless::yes},
                    Irrelevant{"webp", "quality", "30", Lossless::yes},
                    Irrelevant{"jpeg", "transparent-color", "keep"}, Irrelevant{"jpeg", "min-savings", "3"},
                    Irrelevant{"gif", "background", "red"}, Irrelevant{"webp", "name", "x-{stem}.{ext}"}));

class RelevantSettings : public testing::TestWithParam<Irrelevant> {};

TEST_P(RelevantSettings, ChangeTheOutputsSettings) {
  const Options plain = {{"format", GetParam().format}};
  const Options with = {{"format", GetParam().format}, {GetParam().option, GetParam().value}};
  EXPECT_NE(only_output(k_png, plain), only_output(k_png, with));
}

INSTANTIATE_TEST_SUITE_P(
    All, RelevantSettings,
    testing::Values(Irrelevant{"jpeg", "background", "red"}, Irrelevant{"jpeg", "subsampling", "444"},
                    Irrelevant{"jpeg", "progressive", "yes"}, Irrelevant{"jpeg", "quality", "81"},
                    Irrelevant{"avif", "subsampling", "444"}, Irrelevant{"webp", "subsampling", "444"},
                    Irrelevant{"webp", "transparent-color", "keep"},
                    Irrelevant{"png", "transparent-color", "keep"}, Irrelevant{"png", "min-savings", "3"},
                    Irrelevant{"png", "metadata", "all"}, Irrelevant{"png", "effort", "6"},
                    Irrelevant{"png", "max-bytes", "3k"}, Irrelevant{"png", "quality", "png=30"},
                    Irrelevant{"webp", "lossless", "yes"}, Irrelevant{"webp", "role", "ui"},
                    Irrelevant{"webp", "width", "3"}, Irrelevant{"webp", "resize", "x3"}));

TEST(Normalize, ClearsUnusedSizesAndModes) {
  OutputSettings s;
  s.format = ImageFormat::jpeg;
  s.resize = ResizeMode::height;
  s.resize_width = 5;
  s.resize_height = 6;
  s.target_score = 7000;
  s.quality = 33;
  EXPECT_EQ(normalize(s).resize_width, 0u);
  EXPECT_EQ(normalize(s).resize_height, 6u);
  EXPECT_EQ(normalize(s).target_score, 0);
  EXPECT_EQ(normalize(s).quality, 33);
  s.resize = ResizeMode::none;
  EXPECT_EQ(normalize(s).resize_height, 0u);
  s.quality_mode = Quality::target;
  OutputSettings other = s;
  other.quality = 44;
  EXPECT_EQ(normalize(s), normalize(other));
  EXPECT_EQ(normalize(s).target_score, 7000);
  EXPECT_EQ(normalize(normalize(s)), normalize(s));
}

std::vector<std::string> candidate_paths(ImageFormat source, Options options) {
  const auto outputs = expand_outputs("x/a.img", source, settings_of(options));
  EXPECT_EQ(outputs.size(), 1u);
  std::vector<std::string> result;
  for (const FormatCandidate& candidate : outputs.at(0).candidates)
    result.push_back(candidate.path);
  return result;
}

TEST(AutoFormat, HasACandidateForEachAllowedFormat) {
  EXPECT_THAT(candidate_paths(ImageFormat::png, {{"format", "auto"}}),
              ElementsAre("x/a.png", "x/a.jpg", "x/a.webp", "x/a.avif"));
  EXPECT_THAT(candidate_paths(ImageFormat::png,
                              {{"format", "auto"}, {"auto-format", "webp"}, {"auto-format", "png"}}),
              ElementsAre("x/a.webp", "x/a.png"));
}

TEST(AutoFormat, LeavesLossyFormatsOutWhereNothingMayBeLost) {
  EXPECT_THAT(candidate_paths(ImageFormat::png, {{"format", "auto"}, {"lossless", "yes"}}),
              ElementsAre("x/a.png", "x/a.webp"));
  EXPECT_THAT(candidate_paths(ImageFormat::jpeg, {{"format", "auto"}, {"lossless", "yes"}}),
              ElementsAre("x/a.png", "x/a.jpg", "x/a.webp"));
  EXPECT_THAT(candidate_paths(ImageFormat::png, {{"format", "auto"}, {"role", "normal"}}),
              ElementsAre("x/a.png", "x/a.webp"));
  EXPECT_THAT(
      candidate_paths(ImageFormat::png, {{"format", "auto"}, {"lossless", "yes"}, {"auto-format", "jpeg"}}),
      ElementsAre("x/a.jpg"))
      << "where no other is allowed";
}

TEST(AutoFormat, GivesEachCandidateItsOwnQuality) {
  const auto outputs =
      expand_outputs("a.png", ImageFormat::png, settings_of({{"format", "auto"}, {"quality", "avif=50"}}));
  ASSERT_EQ(outputs.at(0).candidates.size(), 4u);
  EXPECT_EQ(outputs[0].candidates[0].settings.lossless, Lossless::yes);
  EXPECT_EQ(outputs[0].candidates[1].settings.quality, 80);
  EXPECT_EQ(outputs[0].candidates[3].settings.quality, 50);
  EXPECT_EQ(outputs[0].path, outputs[0].candidates[0].path);
}

TEST(AutoFormat, IsOneOutputAWidthBesideFixedFormats) {
  EXPECT_THAT(paths("a.png", ImageFormat::png,
                    {{"format", "auto"}, {"format", "jxl"}, {"width", "10"}, {"width", "20"}}),
              ElementsAre("a-10w.png", "a-20w.png", "a-10w.jxl", "a-20w.jxl"));
}

}  // namespace
}  // namespace imgopt
