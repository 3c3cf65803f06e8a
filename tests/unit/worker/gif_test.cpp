// GIF: exact where its colours suffice, quantised and named where not and loss is allowed.
#include <gtest/gtest.h>

#include "worker_fixture.hpp"

namespace imgopt::test {
namespace {

using vips::VImage;

OutputSettings gif(Lossless lossless, int quality = 100, std::uint8_t effort = 2) {
  OutputSettings settings = settings_for(ImageFormat::gif, lossless);
  settings.quality = static_cast<std::uint8_t>(quality);
  settings.effort = effort;
  return settings;
}

// 256 colours that lie close together, which quantisers like to join.
VImage near_colours() {
  Bytes pixels;
  for (int i = 0; i < 64 * 64; ++i)
    for (const int level : {100 + i % 4, 100 + i / 4 % 8, 100 + i / 32 % 8})
      pixels.push_back(static_cast<std::uint8_t>(level));
  return VImage(vips_image_new_from_memory_copy(pixels.data(), pixels.size(), 64, 64, 3, VIPS_FORMAT_UCHAR))
      .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
}

class GifTest : public WorkerTest {};

TEST_F(GifTest, HoldsTwoHundredFiftySixColoursExactlyAtEveryEffort) {
  const VImage original = near_colours();
  const Bytes source = save(original, ImageFormat::png);
  for (const Lossless lossless : {Lossless::yes, Lossless::no})
    for (const std::uint8_t effort : {0, 1, 5, 9}) {
      const Outcome outcome = optimize_one(source, gif(lossless, 100, effort));
      ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
      EXPECT_EQ(
          largest_difference(load(outcome.data).extract_band(0, VImage::option()->set("n", 3)), original),
          0.0);
      EXPECT_FALSE(outcome.has(OutputNote::colors_reduced));
    }
}

TEST_F(GifTest, QuantisesAPhotographAndSaysSo) {
  const VImage original = photograph(160, 120);
  const Outcome outcome = optimize_one(save(original, ImageFormat::png), gif(Lossless::no));
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_TRUE(outcome.has(OutputNote::colors_reduced));
  EXPECT_LT(mean_difference(load(outcome.data).extract_band(0, VImage::option()->set("n", 3)), original),
            12.0);
}

TEST_F(GifTest, RefusesWhatItCannotHoldWithoutLoss) {
  for (const VImage& original : {photograph(160, 120), sprite(64, 64)}) {
    const Outcome outcome = optimize_one(save(original, ImageFormat::png), gif(Lossless::yes));
    EXPECT_EQ(outcome.status(), SlotStatus::failed);
    EXPECT_EQ(outcome.failure(), FailureKind::unsupported_image);
  }
}

TEST_F(GifTest, LowerQualityIsSmaller) {
  const Bytes still = save(photograph(160, 120), ImageFormat::png);
  std::size_t last = SIZE_MAX;
  for (const int quality : {100, 50, 20}) {
    const Outcome outcome = optimize_one(still, gif(Lossless::no, quality));
    ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
    EXPECT_LT(outcome.data.size(), last) << quality;
    last = outcome.data.size();
  }
}

TEST_F(GifTest, KeepsAnAnimationExactlyWithTimingAndPlays) {
  for (const int plays : {0, 1, 4}) {
    VImage frames = animation(40, 30, 5).copy();
    frames.set("delay", std::vector<int>{50, 60, 70, 80, 90});
    frames.set("loop", plays);
    const Bytes source = save(frames, ImageFormat::webp, VImage::option()->set("lossless", true));
    const Outcome outcome = optimize_one(source, gif(Lossless::no));
    ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
    EXPECT_FALSE(outcome.has(OutputNote::colors_reduced));
    const VImage made = load(outcome.data);
    EXPECT_EQ(made.get_array_int("delay"), (std::vector<int>{50, 60, 70, 80, 90}));
    EXPECT_EQ(made.get_int("loop"), plays);
    const VImage shown = load(source);
    const int bands = std::min(made.bands(), shown.bands());
    EXPECT_EQ(largest_difference(made.extract_band(0, VImage::option()->set("n", bands)),
                                 shown.extract_band(0, VImage::option()->set("n", bands))),
              0.0);
  }
}

TEST_F(GifTest, KeepsTransparencyThatMoves) {
  const VImage colours = near_colours().extract_area(0, 0, 40, 30);
  const VImage bar = VImage::black(10, 30).invert();
  std::vector<VImage> frames;
  for (const int left : {0, 15, 30})
    frames.push_back(colours.bandjoin(VImage::black(40, 30).insert(bar, left, 0)));
  VImage stack = VImage::arrayjoin(frames, VImage::option()->set("across", 1))
                     .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  stack.set(VIPS_META_PAGE_HEIGHT, 30);
  stack.set("delay", std::vector<int>{100, 100, 100});
  const Bytes source = save(stack, ImageFormat::webp, VImage::option()->set("lossless", true));
  const Outcome outcome = optimize_one(source, gif(Lossless::no));
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_FALSE(outcome.has(OutputNote::colors_reduced));
  const VImage made = load(outcome.data);
  ASSERT_EQ(made.bands(), 4);
  EXPECT_EQ(largest_difference(made[3], stack[3]), 0.0);
}

TEST_F(GifTest, KeepsTransparencyThatIsOnOrOff) {
  const VImage opaque = near_colours().extract_area(0, 0, 40, 30);
  const VImage mask = VImage::black(40, 30).insert(VImage::black(20, 30).invert(), 0, 0);
  const VImage original =
      opaque.bandjoin(mask).copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  const Outcome outcome = optimize_one(save(original, ImageFormat::png), gif(Lossless::no));
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  const VImage made = load(outcome.data);
  ASSERT_EQ(made.bands(), 4);
  EXPECT_EQ(largest_difference(made[3], original[3]), 0.0);
}

}  // namespace
}  // namespace imgopt::test
