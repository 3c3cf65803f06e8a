// What WebP has beside a quality: near-lossless, exact colour under transparency, sharper chroma.
#include <gtest/gtest.h>

#include "worker/preparation.hpp"
#include "worker_fixture.hpp"

namespace imgopt::test {
namespace {

using vips::VImage;

class WebpTest : public WorkerTest {};

OutputSettings near_lossless(int level) {
  OutputSettings settings = settings_for(ImageFormat::webp);
  settings.quality_mode = Quality::near_lossless;
  settings.quality = static_cast<std::uint8_t>(level);
  return settings;
}

// Noise on every sample, of which there is something to smooth.
VImage noisy() {
  Bytes pixels;
  std::uint32_t state = 1;
  for (int i = 0; i < 96 * 96 * 3; ++i) {
    state = state * 1103515245 + 12345;
    pixels.push_back(static_cast<std::uint8_t>(100 + (state >> 20 & 0x3f)));
  }
  return VImage(vips_image_new_from_memory_copy(pixels.data(), pixels.size(), 96, 96, 3, VIPS_FORMAT_UCHAR))
      .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
}

TEST_F(WebpTest, NearLosslessIsSmallerAndAlmostEqual) {
  const VImage original = noisy();
  const Bytes source = save(original, ImageFormat::png);
  const Outcome lossless = optimize_one(source, settings_for(ImageFormat::webp, Lossless::yes));
  const Outcome sixty = optimize_one(source, near_lossless(60));
  const Outcome twenty = optimize_one(source, near_lossless(20));
  for (const Outcome& outcome : {lossless, sixty, twenty})
    ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_LT(sixty.data.size(), lossless.data.size());
  EXPECT_LT(twenty.data.size(), sixty.data.size());
  EXPECT_GT(largest_difference(load(sixty.data), original), 0.0);
  EXPECT_LE(largest_difference(load(sixty.data), original), 4.0);
  EXPECT_LE(largest_difference(load(twenty.data), original), 16.0);
}

TEST_F(WebpTest, NearLosslessKeepsAnAnimation) {
  const VImage frames = animation(40, 30, 4);
  const Outcome outcome = optimize_one(save(frames, ImageFormat::gif), near_lossless(60));
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_EQ(outcome.slot.frames, 4u);
}

TEST_F(WebpTest, KeepsColourUnderTransparencyWhereToldTo) {
  const VImage colour = photograph(64, 48);
  const VImage mask = VImage::black(64, 48).insert(VImage::black(32, 48).invert(), 0, 0);
  const VImage original =
      colour.bandjoin(mask).copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  const Bytes source = save(original, ImageFormat::png);
  const VImage hidden = original.extract_area(32, 0, 32, 48).extract_band(0, VImage::option()->set("n", 3));
  const auto hidden_difference = [&](Lossless lossless, TransparentColor rule) {
    OutputSettings settings = settings_for(ImageFormat::webp, lossless);
    settings.transparent_color = rule;
    const Outcome outcome = optimize_one(source, settings);
    EXPECT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
    const VImage made = load(outcome.data).extract_area(32, 0, 32, 48);
    return mean_difference(made.extract_band(0, VImage::option()->set("n", 3)), hidden);
  };
  EXPECT_EQ(hidden_difference(Lossless::yes, TransparentColor::keep), 0.0);
  EXPECT_LT(hidden_difference(Lossless::no, TransparentColor::keep), 10.0);
  EXPECT_GT(hidden_difference(Lossless::no, TransparentColor::rewrite), 20.0);
}

// Thin lines of pure colours: halved chroma smears them, and the sharper way of halving it less.
TEST_F(WebpTest, FullChromaIsSharperThanHalved) {
  Bytes pixels;
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x)
      for (const int level : {x % 3 == 0 ? 255 : 20, 20, x % 3 == 0 ? 20 : 255})
        pixels.push_back(static_cast<std::uint8_t>(level));
  const VImage original =
      VImage(vips_image_new_from_memory_copy(pixels.data(), pixels.size(), 64, 64, 3, VIPS_FORMAT_UCHAR))
          .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  const auto difference = [&](ChromaSubsampling subsampling) {
    OutputSettings settings = settings_for(ImageFormat::webp);
    settings.subsampling = subsampling;
    settings.quality = 85;
    const Outcome outcome = optimize_one(save(original, ImageFormat::png), settings);
    EXPECT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
    return mean_difference(load(outcome.data), original);
  };
  EXPECT_LT(difference(ChromaSubsampling::s444), difference(ChromaSubsampling::s420));
}

}  // namespace
}  // namespace imgopt::test
