#include "worker/resize.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "worker_fixture.hpp"

namespace imgopt::test {
namespace {

using vips::VImage;

class ResizeTest : public WorkerTest {
protected:
  static Outcome resize(const VImage& image, Role role, std::uint32_t width) {
    OutputSettings settings = at_width(settings_for(ImageFormat::png, Lossless::yes), width);
    settings.role = role;
    return optimize_one(save(image, ImageFormat::png), settings);
  }
};

TEST_F(ResizeTest, ColourUnderTransparencyDoesNotBleed) {
  // Left half opaque orange, right half transparent and black.
  const std::vector<double> orange = {255, 128, 0, 255};
  const VImage image = VImage::black(64, 64, VImage::option()->set("bands", 4))
                           .insert(VImage::black(32, 64).new_from_image(orange), 0, 0)
                           .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  const VImage small = load(resize(image, Role::color, 15).data);
  ASSERT_EQ(small.bands(), 4);
  for (int x = 0; x < 15; ++x) {
    const std::vector<double> pixel = small.getpoint(x, 7);
    if (pixel[3] > 8) {
      EXPECT_GT(pixel[0], 250) << x;
      EXPECT_NEAR(pixel[1], 128, 3) << x;
    }
  }
}

TEST_F(ResizeTest, PixelArtGetsNoNewColours) {
  VImage image = sprite(64, 64).extract_band(0, VImage::option()->set("n", 3));
  const VImage small = load(resize(image, Role::pixel_art, 32).data);
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 32; ++x)
      for (const double level : small.getpoint(x, y))
        EXPECT_EQ(std::fmod(level, 100.0), 0.0);
}

TEST_F(ResizeTest, NormalsKeepTheirLength) {
  // Neighbouring normals that point far apart: their plain mean would be short.
  std::vector<std::uint8_t> samples;
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x) {
      const double angle = (x + y) % 2 == 0 ? 1.0 : -1.0;
      samples.push_back(static_cast<std::uint8_t>(std::lround(127.5 + 127.5 * std::sin(angle))));
      samples.push_back(128);
      samples.push_back(static_cast<std::uint8_t>(std::lround(127.5 + 127.5 * std::cos(angle))));
    }
  const VImage image =
      VImage(vips_image_new_from_memory_copy(samples.data(), samples.size(), 64, 64, 3, VIPS_FORMAT_UCHAR))
          .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  const VImage small = load(resize(image, Role::normal, 16).data);
  const std::vector<double> pixel = small.getpoint(8, 8);
  double squares = 0;
  for (int band = 0; band < 3; ++band)
    squares += std::pow(pixel[static_cast<std::size_t>(band)] / 127.5 - 1, 2);
  EXPECT_NEAR(std::sqrt(squares), 1.0, 0.02);
}

TEST_F(ResizeTest, AWidthBeyondTheSourceGivesTheSourcesWidth) {
  const Outcome outcome = optimize_one(save(photograph(50, 40), ImageFormat::png),
                                       at_width(settings_for(ImageFormat::webp), 500));
  ASSERT_EQ(outcome.status(), SlotStatus::encoded);
  EXPECT_EQ(outcome.slot.width, 50u);
  EXPECT_EQ(outcome.slot.height, 40u);
}

TEST_F(ResizeTest, JpegDecodedAtAFractionLooksLikeTheWholeDecode) {
  const Bytes source = save(photograph(800, 600), ImageFormat::jpeg, VImage::option()->set("Q", 95));
  OutputSettings settings = at_width(settings_for(ImageFormat::png, Lossless::yes), 100);
  const VImage shrunk = load(optimize_one(source, settings).data);
  const VImage whole = load(source).resize(100.0 / 800);
  EXPECT_LT(mean_difference(shrunk, whole), 2.0);
}

TEST_F(ResizeTest, SixteenBitsStay) {
  const Outcome outcome = resize(deep_photograph(100, 80), Role::color, 50);
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_EQ(load(outcome.data).format(), VIPS_FORMAT_USHORT);
}

}  // namespace
}  // namespace imgopt::test
