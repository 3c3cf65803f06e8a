#include "worker/colour.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "worker/vips_setup.hpp"
#include "worker_fixture.hpp"

namespace imgopt::test {
namespace {

using vips::VImage;
using vips::VOption;

class ColourTest : public WorkerTest {
protected:
  // The same colours as `image` in another space, its profile attached.
  static VImage in_space(const VImage& image, const char* profile) {
    return image.icc_transform(profile, VImage::option()->set("input_profile", "srgb"));
  }
  static bool has_profile(const VImage& image) { return image.get_typeof(VIPS_META_ICC_NAME) != 0; }
};

TEST_F(ColourTest, LossyOutputsAreConvertedToSrgbBeforeTheProfileGoes) {
  const VImage original = photograph(64, 48);
  const Bytes source = save(in_space(original, "p3"), ImageFormat::png);
  ASSERT_GT(mean_difference(load(source), original), 3.0);  // the numbers do differ
  for (const ImageFormat format : {ImageFormat::jpeg, ImageFormat::webp}) {
    OutputSettings settings = settings_for(format);
    settings.quality = 95;
    const Outcome outcome = optimize_one(source, settings);
    ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
    EXPECT_TRUE(outcome.has(OutputNote::profile_converted));
    const VImage made = load(outcome.data);
    EXPECT_FALSE(has_profile(made));
    EXPECT_LT(mean_difference(made, original), 3.0);
  }
}

// What a loader says of an image outlives that loader; libvips' own of AVIF does not see to that.
TEST_F(ColourTest, AProfileCountsInSourcesOfEveryFormat) {
  const VImage original = photograph(64, 48);
  const VImage shown = in_space(original, "p3");
  std::size_t size = 0;
  const auto* const profile = static_cast<const std::uint8_t*>(shown.get_blob(VIPS_META_ICC_NAME, &size));
  for (const ImageFormat format : {ImageFormat::png, ImageFormat::jpeg, ImageFormat::webp, ImageFormat::avif,
                                   ImageFormat::jxl, ImageFormat::tiff}) {
    if (!can_save(format))
      continue;
    VOption* const options = VImage::option();
    if (format != ImageFormat::png && format != ImageFormat::tiff)
      options->set("Q", 95);
    const Bytes source = save(shown, format, options);
    const VImage decoded = load(source);
    ASSERT_TRUE(has_profile(decoded)) << format_name(format);
    std::size_t decoded_size = 0;
    const auto* const kept =
        static_cast<const std::uint8_t*>(decoded.get_blob(VIPS_META_ICC_NAME, &decoded_size));
    // JPEG XL describes the same space in other words.
    EXPECT_TRUE(format == ImageFormat::jxl || std::equal(profile, profile + size, kept, kept + decoded_size))
        << format_name(format);
    OutputSettings settings = settings_for(ImageFormat::webp);
    settings.quality = 95;
    const Outcome outcome = optimize_one(source, settings);
    ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
    EXPECT_TRUE(outcome.has(OutputNote::profile_converted)) << format_name(format);
    EXPECT_LT(mean_difference(load(outcome.data), original), 4.0) << format_name(format);
  }
}

TEST_F(ColourTest, LosslessOutputsKeepAProfileThatIsNotSrgb) {
  const Bytes source = save(in_space(photograph(64, 48), "p3"), ImageFormat::png);
  for (const ImageFormat format : {ImageFormat::png, ImageFormat::webp, ImageFormat::tiff}) {
    const Outcome outcome = optimize_one(source, settings_for(format, Lossless::yes));
    ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
    EXPECT_FALSE(outcome.has(OutputNote::profile_converted));
    const VImage made = load(outcome.data);
    EXPECT_TRUE(has_profile(made)) << format_name(format);
    EXPECT_EQ(largest_difference(made, load(source)), 0.0) << format_name(format);
  }
}

TEST_F(ColourTest, AnSrgbProfileGoesWithoutTouchingPixels) {
  const Bytes source = save(in_space(photograph(64, 48), "srgb"), ImageFormat::tiff);
  ASSERT_TRUE(has_profile(load(source)));
  EXPECT_TRUE(is_srgb_profile(load(source)));
  const Outcome outcome = optimize_one(source, settings_for(ImageFormat::png, Lossless::yes));
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_FALSE(outcome.has(OutputNote::profile_converted));
  EXPECT_FALSE(has_profile(load(outcome.data)));
  EXPECT_EQ(largest_difference(load(outcome.data), load(source)), 0.0);
}

TEST_F(ColourTest, AnSrgbProfileGoesFromAPngThatStaysPng) {
  const VImage image = in_space(photograph(64, 48), "srgb");
  const Bytes source = save(image, ImageFormat::png);
  ASSERT_TRUE(has_profile(load(source)));
  const Outcome outcome = optimize_one(source, settings_for(ImageFormat::png, Lossless::yes));
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_FALSE(has_profile(load(outcome.data)));
  EXPECT_EQ(largest_difference(load(outcome.data), load(source)), 0.0);
}

TEST_F(ColourTest, DataKeepsItsNumbersAndLosesItsProfile) {
  const Bytes source = save(in_space(photograph(64, 48), "p3"), ImageFormat::tiff);
  OutputSettings settings = settings_for(ImageFormat::webp, Lossless::yes);
  settings.role = Role::data;
  const Outcome outcome = optimize_one(source, settings);
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_FALSE(has_profile(load(outcome.data)));
  EXPECT_EQ(largest_difference(load(outcome.data), load(source)), 0.0);
}

TEST_F(ColourTest, CmykWithoutProfileIsConvertedAndNamed) {
  VImage cmyk = in_space(photograph(64, 48), "cmyk").copy();
  ASSERT_EQ(cmyk.bands(), 4);
  const Bytes profiled = save(cmyk, ImageFormat::jpeg, VImage::option()->set("Q", 95));
  cmyk.remove(VIPS_META_ICC_NAME);
  const Bytes bare = save(cmyk, ImageFormat::jpeg, VImage::option()->set("Q", 95));
  const Outcome named = optimize_one(bare, settings_for(ImageFormat::webp));
  ASSERT_EQ(named.status(), SlotStatus::encoded) << message_of(named.slot);
  EXPECT_TRUE(named.has(OutputNote::cmyk_without_profile));
  EXPECT_LT(mean_difference(load(named.data), photograph(64, 48)), 20.0);
  const Outcome converted = optimize_one(profiled, settings_for(ImageFormat::webp));
  EXPECT_TRUE(converted.has(OutputNote::profile_converted));
  EXPECT_FALSE(converted.has(OutputNote::cmyk_without_profile));
}

TEST_F(ColourTest, AlphaIsFlattenedOntoTheBackground) {
  OutputSettings settings = settings_for(ImageFormat::jpeg);
  settings.background = {255, 0, 0};
  settings.quality = 95;
  const Outcome outcome = optimize_one(save(sprite(64, 64), ImageFormat::png), settings);
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_TRUE(outcome.has(OutputNote::alpha_flattened));
  const std::vector<double> corner = load(outcome.data).getpoint(0, 0);
  EXPECT_GT(corner[0], 240);
  EXPECT_LT(corner[1], 15);
  EXPECT_LT(corner[2], 15);
}

TEST_F(ColourTest, GreyIsFlattenedOntoAColouredBackground) {
  const VImage image =
      grey(32, 32).bandjoin(0).copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_B_W));
  OutputSettings settings = settings_for(ImageFormat::jpeg);
  settings.background = {0, 0, 255};
  const Outcome outcome = optimize_one(save(image, ImageFormat::png), settings);
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_GT(load(outcome.data).getpoint(16, 16)[2], 200);
}

TEST_F(ColourTest, OpaqueAlphaIsDroppedInSilence) {
  const Bytes source = save(photograph(32, 32).bandjoin(255), ImageFormat::png);
  const Outcome outcome = optimize_one(source, settings_for(ImageFormat::jpeg));
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_FALSE(outcome.has(OutputNote::alpha_flattened));
}

}  // namespace
}  // namespace imgopt::test
