#include "worker/quality_search.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "worker/metrics/ssimulacra2.hpp"
#include "worker/vips_setup.hpp"
#include "worker_fixture.hpp"

namespace imgopt::test {
namespace {

using vips::VImage;

class QualitySearchTest : public WorkerTest {
protected:
  static OutputSettings target(ImageFormat format, int score) {
    OutputSettings settings = settings_for(format);
    settings.quality_mode = Quality::target;
    settings.target_score = static_cast<std::uint16_t>(score * 100);
    settings.effort = 0;
    return settings;
  }
};

TEST_F(QualitySearchTest, HigherQualityMakesALargerFile) {
  const Bytes source = save(photograph(128, 96), ImageFormat::png);
  OutputSettings settings = settings_for(ImageFormat::webp);
  settings.quality = 40;
  const Outcome low = optimize_one(source, settings);
  settings.quality = 90;
  const Outcome high = optimize_one(source, settings);
  ASSERT_EQ(low.status(), SlotStatus::encoded);
  EXPECT_LT(low.data.size(), high.data.size());
  EXPECT_EQ(low.slot.encodings, 1u);
  EXPECT_EQ(low.slot.score, k_no_score);
}

class TargetTest : public QualitySearchTest, public ::testing::WithParamInterface<ImageFormat> {};

TEST_P(TargetTest, ReachesTheScoreWithFewEncodingsAndNoGreatExcess) {
  if (!can_save(GetParam()))
    GTEST_SKIP() << "this libvips does not write " << format_name(GetParam());
  const VImage original = photograph(160, 120);
  const Bytes source = save(original, ImageFormat::png);
  const Outcome outcome = optimize_one(source, target(GetParam(), 75));
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_FALSE(outcome.has(OutputNote::target_missed));
  EXPECT_GE(outcome.slot.score, 75'000);
  EXPECT_LT(outcome.slot.score, 80'000);
  EXPECT_LE(outcome.slot.encodings, k_most_encodings);
  // What the slot says is what a decoder gets.
  const VImage made = load(outcome.data).copy_memory();
  const VImage reference = original.copy_memory();
  const Picture decoded{made, 160, 120, 1};
  const Picture expected{reference, 160, 120, 1};
  EXPECT_NEAR(ssimulacra2(expected.view(), decoded.view()).value() * 1000, outcome.slot.score, 1.0);
}

INSTANTIATE_TEST_SUITE_P(LossyFormats, TargetTest,
                         ::testing::Values(ImageFormat::jpeg, ImageFormat::webp, ImageFormat::avif,
                                           ImageFormat::jxl),
                         [](const auto& tested) { return std::string(format_name(tested.param)); });

// Smooth all over: its score leaps wherever a quantiser does, and falls off steeply below.
VImage sky() {
  constexpr int width = 256;
  constexpr int height = 192;
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double cloud =
          20 * std::sin(x / 17.0 + std::sin(y / 23.0)) * std::sin(y / 31.0 + 1.3 * std::sin(x / 41.0));
      pixels.push_back(static_cast<std::uint8_t>(60 + y * 0.4 + cloud));
      pixels.push_back(static_cast<std::uint8_t>(90 + y * 0.35 + cloud * 0.8));
      pixels.push_back(static_cast<std::uint8_t>(150 + y * 0.2 + cloud * 0.5));
    }
  }
  return VImage::new_from_memory(pixels.data(), pixels.size(), width, height, 3, VIPS_FORMAT_UCHAR)
      .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB))
      .copy_memory();
}

TEST_F(QualitySearchTest, MeetsTheScoreOfASmoothPictureWithinAPoint) {
  const Bytes source = save(sky(), ImageFormat::png);
  for (const int score : {60, 75}) {
    const Outcome outcome = optimize_one(source, target(ImageFormat::jpeg, score));
    ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
    EXPECT_GE(outcome.slot.score, score * 1000);
    EXPECT_LE(outcome.slot.score, (score + 1) * 1000);
  }
}

TEST_F(QualitySearchTest, AnUnreachableScoreIsNamed) {
  const Outcome outcome =
      optimize_one(save(photograph(96, 64), ImageFormat::png), target(ImageFormat::webp, 100));
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_TRUE(outcome.has(OutputNote::target_missed));
  EXPECT_GT(outcome.slot.score, 0);
}

TEST_F(QualitySearchTest, PngBeyondItsPaletteIsLossless) {
  const VImage original = photograph(96, 64);
  const Outcome outcome = optimize_one(save(original, ImageFormat::png), target(ImageFormat::png, 99));
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_FALSE(outcome.has(OutputNote::target_missed));
  EXPECT_EQ(largest_difference(load(outcome.data), original), 0.0);
}

TEST_F(QualitySearchTest, FitsIntoTheByteLimit) {
  const Bytes source = save(photograph(200, 150), ImageFormat::png);
  for (const ImageFormat format : {ImageFormat::jpeg, ImageFormat::webp}) {
    OutputSettings settings = settings_for(format);
    settings.quality = 95;
    const Outcome unlimited = optimize_one(source, settings);
    settings.max_bytes = unlimited.data.size() / 3;
    const Outcome limited = optimize_one(source, settings);
    ASSERT_EQ(limited.status(), SlotStatus::encoded) << message_of(limited.slot);
    EXPECT_LE(limited.data.size(), settings.max_bytes);
    EXPECT_GT(limited.data.size(), settings.max_bytes * 7 / 10);
    EXPECT_FALSE(limited.has(OutputNote::target_missed));
  }
}

TEST_F(QualitySearchTest, AByteLimitBelowEveryQualityIsNamed) {
  OutputSettings settings = settings_for(ImageFormat::jpeg);
  settings.max_bytes = 100;
  const Outcome outcome = optimize_one(save(photograph(96, 64), ImageFormat::png), settings);
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_TRUE(outcome.has(OutputNote::target_missed));
  EXPECT_LE(outcome.slot.encodings, k_most_encodings);
}

}  // namespace
}  // namespace imgopt::test
