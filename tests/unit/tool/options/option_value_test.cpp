#include "tool/settings/option_value.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "tests/unit/tool/options/case_name.hpp"

namespace imgopt {
namespace {

struct GoodValue {
  OptionId id;
  std::string text;
  OptionValue value;
  std::string canonical;
};
void PrintTo(const GoodValue& c, std::ostream* out) {
  *out << case_name(c.text);
}

QualityValue fixed(std::uint8_t quality, std::optional<ImageFormat> format = std::nullopt) {
  return {format, {Quality::fixed, quality, 0}};
}
QualityValue target(std::uint16_t score, std::optional<ImageFormat> format = std::nullopt) {
  return {format, {Quality::target, 80, score}};
}
OptionValue number(std::uint64_t n) {
  return n;
}

class GoodValues : public testing::TestWithParam<GoodValue> {};

TEST_P(GoodValues, AreParsedAndWrittenBack) {
  const OptionSpec& spec = option(GetParam().id);
  const auto value = parse_value(spec, GetParam().text);
  ASSERT_TRUE(value) << value.error().message;
  EXPECT_EQ(*value, GetParam().value);
  EXPECT_EQ(value_text(spec, *value), GetParam().canonical);
  const auto again = parse_value(spec, GetParam().canonical);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, *value);
}

INSTANTIATE_TEST_SUITE_P(
    OfEveryKind, GoodValues,
    testing::Values(
        GoodValue{OptionId::lossless, "yes", true, "yes"}, GoodValue{OptionId::lossless, "no", false, "no"},
        GoodValue{OptionId::effort, "0", number(0), "0"}, GoodValue{OptionId::effort, "9", number(9), "9"},
        GoodValue{OptionId::width, "65535", number(65535), "65535"},
        GoodValue{OptionId::format, "keep", number(0), "keep"},
        GoodValue{OptionId::format, "tiff", number(7), "tiff"},
        GoodValue{OptionId::format, "jpg", number(2), "jpeg"},
        GoodValue{OptionId::format, "tif", number(7), "tiff"},
        GoodValue{OptionId::role, "pixel-art", number(5), "pixel-art"},
        GoodValue{OptionId::progressive, "yes", number(2), "yes"},
        GoodValue{OptionId::subsampling, "444", number(3), "444"},
        GoodValue{OptionId::max_bytes, "0", number(0), "0"},
        GoodValue{OptionId::max_bytes, "200k", number(200000), "200kB"},
        GoodValue{OptionId::max_bytes, "1.5KiB", number(1536), "1536"},
        GoodValue{OptionId::max_bytes, "2 MiB", number(2 << 20), "2MiB"},
        GoodValue{OptionId::max_bytes, "1GB", number(1000000000), "1GB"},
        GoodValue{OptionId::max_bytes, "9223372036854775807", number(9223372036854775807ULL),
                  "9223372036854775807"},
        GoodValue{OptionId::max_pixels, "0.5M", number(500000), "500000"},
        GoodValue{OptionId::max_pixels, "100M", number(100000000), "100M"},
        GoodValue{OptionId::min_savings, "2", number(20), "2"},
        GoodValue{OptionId::min_savings, "2.5%", number(25), "2.5"},
        GoodValue{OptionId::min_savings, "100%", number(1000), "100"},
        GoodValue{OptionId::timeout, "0.25", number(250), "0.250"},
        GoodValue{OptionId::timeout, "30", number(30000), "30"},
        GoodValue{OptionId::quality, "80", fixed(80), "80"},
        GoodValue{OptionId::quality, "auto", target(8000), "auto:80"},
        GoodValue{OptionId::quality, "auto:95", target(9500), "auto:95"},
        GoodValue{OptionId::quality, "jpeg=75", fixed(75, ImageFormat::jpeg), "jpeg=75"},
        GoodValue{OptionId::quality, "jpg=75", fixed(75, ImageFormat::jpeg), "jpeg=75"},
        GoodValue{OptionId::quality, "webp=near-lossless",
                  QualityValue{ImageFormat::webp, {Quality::near_lossless, 60, 0}}, "webp=near-lossless:60"},
        GoodValue{OptionId::quality, "near-lossless:20",
                  QualityValue{std::nullopt, {Quality::near_lossless, 20, 0}}, "near-lossless:20"},
        GoodValue{OptionId::quality, "avif=auto:70", target(7000, ImageFormat::avif), "avif=auto:70"},
        GoodValue{OptionId::resize, "none", ResizeValue{}, "none"},
        GoodValue{OptionId::resize, "800", ResizeValue{ResizeMode::width, 800, 0}, "800"},
        GoodValue{OptionId::resize, "x600", ResizeValue{ResizeMode::height, 0, 600}, "x600"},
        GoodValue{OptionId::resize, "800x600", ResizeValue{ResizeMode::fit, 800, 600}, "800x600"},
        GoodValue{OptionId::resize, "longest:1024", ResizeValue{ResizeMode::longest, 1024, 0},
                  "longest:1024"},
        GoodValue{OptionId::resize, "shortest:1", ResizeValue{ResizeMode::shortest, 1, 0}, "shortest:1"},
        GoodValue{OptionId::background, "#fff", RgbColor{255, 255, 255}, "#ffffff"},
        GoodValue{OptionId::background, "#1af", RgbColor{0x11, 0xaa, 0xff}, "#11aaff"},
        GoodValue{OptionId::background, "#0A1b2C", RgbColor{10, 27, 44}, "#0a1b2c"},
        GoodValue{OptionId::background, "Green", RgbColor{0, 128, 0}, "#008000"},
        GoodValue{OptionId::out, "a b/c", std::string("a b/c"), "a b/c"},
        GoodValue{OptionId::build_name, "sprites", std::string("sprites"), "sprites"},
        GoodValue{OptionId::include, "**/*.{png,jpg}", std::string("**/*.{png,jpg}"), "**/*.{png,jpg}"},
        GoodValue{OptionId::name, "{stem}@{width}.{ext}", std::string("{stem}@{width}.{ext}"),
                  "{stem}@{width}.{ext}"}));

struct BadValue {
  OptionId id;
  std::string text;
  std::string message;
};
void PrintTo(const BadValue& c, std::ostream* out) {
  *out << case_name(c.text);
}

class BadValues : public testing::TestWithParam<BadValue> {};

TEST_P(BadValues, AreRefusedWithWhatWasExpected) {
  const auto value = parse_value(option(GetParam().id), GetParam().text);
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(value.error().message, GetParam().message);
}

const std::string k_quality_wanted =
    "expected a number from 1 to 100, auto, auto:TARGET or near-lossless:N, not ";
const std::string k_resize_wanted =
    "expected WxH, W, xH, longest:N, shortest:N or none, in pixels up to 65535, not ";
const std::string k_size_wanted = "expected a size such as 200k or 2MiB, not ";
const std::string k_percent_wanted = "expected a percentage from 0 to 100 with at most one decimal, not ";
const std::string k_color_wanted = "expected #rgb, #rrggbb or the name of a color, not ";

INSTANTIATE_TEST_SUITE_P(
    OfEveryKind, BadValues,
    testing::Values(
        BadValue{OptionId::effort, "10", "expected a number from 0 to 9, not \"10\""},
        BadValue{OptionId::effort, "-1", "expected a number from 0 to 9, not \"-1\""},
        BadValue{OptionId::effort, "", "expected a number from 0 to 9, not \"\""},
        BadValue{OptionId::effort, "5 ", "expected a number from 0 to 9, not \"5 \""},
        BadValue{OptionId::effort, "0x5", "expected a number from 0 to 9, not \"0x5\""},
        BadValue{OptionId::width, "0", "expected a number from 1 to 65535, not \"0\""},
        BadValue{OptionId::width, "65536", "expected a number from 1 to 65535, not \"65536\""},
        BadValue{OptionId::width, "18446744073709551617",
                 "expected a number from 1 to 65535, not \"18446744073709551617\""},
        BadValue{OptionId::quality, "near-lossless:0", k_quality_wanted + "\"near-lossless:0\""},
        BadValue{OptionId::quality, "near-losslessly", k_quality_wanted + "\"near-losslessly\""},
        BadValue{OptionId::quality, "0", k_quality_wanted + "\"0\""},
        BadValue{OptionId::quality, "101", k_quality_wanted + "\"101\""},
        BadValue{OptionId::quality, "high", k_quality_wanted + "\"high\""},
        BadValue{OptionId::quality, "auto:", k_quality_wanted + "\"auto:\""},
        BadValue{OptionId::quality, "auto:0", k_quality_wanted + "\"auto:0\""},
        BadValue{OptionId::quality, "auto:101", k_quality_wanted + "\"auto:101\""},
        BadValue{OptionId::quality, "automatic", k_quality_wanted + "\"automatic\""},
        BadValue{OptionId::quality, "bmp=80", k_quality_wanted + "\"bmp=80\""},
        BadValue{OptionId::quality, "tiff=80", "expected another format: tiff is always written lossless"},
        BadValue{OptionId::quality, "jpeg=", k_quality_wanted + "\"jpeg=\""},
        BadValue{OptionId::quality, "jpeg=webp=80", k_quality_wanted + "\"jpeg=webp=80\""},
        BadValue{OptionId::resize, "x", k_resize_wanted + "\"x\""},
        BadValue{OptionId::resize, "0", k_resize_wanted + "\"0\""},
        BadValue{OptionId::resize, "10x", k_resize_wanted + "\"10x\""},
        BadValue{OptionId::resize, "10x0", k_resize_wanted + "\"10x0\""},
        BadValue{OptionId::resize, "0x10", k_resize_wanted + "\"0x10\""},
        BadValue{OptionId::resize, "1x2x3", k_resize_wanted + "\"1x2x3\""},
        BadValue{OptionId::resize, "longest:", k_resize_wanted + "\"longest:\""},
        BadValue{OptionId::resize, "widest:3", k_resize_wanted + "\"widest:3\""},
        BadValue{OptionId::resize, "4294967297", k_resize_wanted + "\"4294967297\""},
        BadValue{OptionId::max_bytes, "2X", k_size_wanted + "\"2X\""},
        BadValue{OptionId::max_bytes, "k", k_size_wanted + "\"k\""},
        BadValue{OptionId::max_bytes, "1.5", k_size_wanted + "\"1.5\""},
        BadValue{OptionId::max_bytes, "1.", k_size_wanted + "\"1.\""},
        BadValue{OptionId::max_bytes, "-5k", k_size_wanted + "\"-5k\""},
        BadValue{OptionId::max_bytes, "9223372036854775808", k_size_wanted + "\"9223372036854775808\""},
        BadValue{OptionId::max_bytes, "99999999999G", k_size_wanted + "\"99999999999G\""},
        BadValue{OptionId::max_bytes, "1.0000000001k", k_size_wanted + "\"1.0000000001k\""},
        BadValue{OptionId::memory_limit, "3k", "expected a size of 64MiB or more, such as 2GiB, not \"3k\""},
        BadValue{OptionId::min_savings, "101", k_percent_wanted + "\"101\""},
        BadValue{OptionId::min_savings, "2.55", k_percent_wanted + "\"2.55\""},
        BadValue{OptionId::min_savings, "%", k_percent_wanted + "\"%\""},
        BadValue{OptionId::max_pixels, "1Mi", "expected a number from 1 on, such as 100M, not \"1Mi\""},
        BadValue{OptionId::timeout, "0", "expected a number of seconds from 0.001 to 86400, not \"0\""},
        BadValue{OptionId::timeout, "0.0001",
                 "expected a number of seconds from 0.001 to 86400, not \"0.0001\""},
        BadValue{OptionId::format, "webpp",
                 "expected keep, png, jpeg, webp, avif, jxl, gif, tiff or auto, not \"webpp\"; did you mean "
                 "webp?"},
        BadValue{OptionId::format, "PNG",
                 "expected keep, png, jpeg, webp, avif, jxl, gif, tiff or auto, not \"PNG\"; did you "
                 "mean png?"},
        BadValue{
            OptionId::role, "pixelart",
            "expected color, normal, mask, data, ui or pixel-art, not \"pixelart\"; did you mean pixel-art?"},
        BadValue{OptionId::background, "#ff", k_color_wanted + "\"#ff\""},
        BadValue{OptionId::background, "#ggg", k_color_wanted + "\"#ggg\""},
        BadValue{OptionId::background, "#-ff", k_color_wanted + "\"#-ff\""},
        BadValue{OptionId::background, "ffffff", k_color_wanted + "\"ffffff\""},
        BadValue{OptionId::background, "blak", k_color_wanted + "\"blak\"; did you mean black?"},
        BadValue{OptionId::lossless, "true", "expected yes or no, not \"true\""},
        BadValue{OptionId::out, "", "expected a path that is not empty, not \"\""},
        BadValue{OptionId::build_name, "a\nb",
                 "expected a text that is not empty and has no control characters, not \"a\nb\""}));

TEST(OptionValue, RefusesAPatternThatIsNone) {
  const auto value = parse_value(option(OptionId::include), "a[");
  ASSERT_FALSE(value);
  EXPECT_TRUE(value.error().message.starts_with("expected a pattern: ")) << value.error().message;
}

}  // namespace
}  // namespace imgopt
