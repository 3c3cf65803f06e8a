#include "worker/metrics/pixel_difference.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/unit/metrics/test_images.hpp"

namespace imgopt {
namespace {

using test::make_scene;
using test::sample_of;
using test::Scene;
using test::set_sample;

PixelDifference compare(const PixelBuffer& a, const PixelBuffer& b,
                        HiddenColour hidden = HiddenColour::compare) {
  const auto result = compare_pixels(a.view(), b.view(), hidden);
  EXPECT_TRUE(result.has_value());
  return result.value_or(PixelDifference{});
}

// `image` with other channels or bits, its meaning kept: grey repeated, alpha opaque, 8 bits times 257.
PixelBuffer promote(const PixelBuffer& image, int channels, int bits) {
  PixelBuffer result{image.width, image.height, channels, bits, {}};
  result.data.resize(result.view().byte_count());
  const std::uint32_t factor = bits > image.bits ? 257 : 1;
  const int colours = channels > 2 ? 3 : 1;
  for (std::uint32_t y = 0; y < image.height; ++y) {
    for (std::uint32_t x = 0; x < image.width; ++x) {
      for (int c = 0; c < colours; ++c)
        set_sample(result, x, y, c, sample_of(image, x, y, image.channels > 2 ? c : 0) * factor);
      if (result.view().has_alpha()) {
        const std::uint32_t alpha =
            image.view().has_alpha() ? sample_of(image, x, y, image.channels - 1) * factor : (1U << bits) - 1;
        set_sample(result, x, y, channels - 1, alpha);
      }
    }
  }
  return result;
}

class EveryFormat : public testing::TestWithParam<std::tuple<int, int>> {};

TEST_P(EveryFormat, IsIdenticalToItself) {
  const auto [channels, bits] = GetParam();
  const auto image = make_scene(Scene::detail, 61, 47, channels, bits);
  const auto difference = compare(image, image);
  EXPECT_TRUE(difference.identical);
  EXPECT_EQ(difference.bits, bits);
  EXPECT_EQ(difference.max_difference, 0U);
  EXPECT_EQ(difference.differing_pixels, 0U);
  EXPECT_EQ(difference.psnr, std::numeric_limits<double>::infinity());
  EXPECT_EQ(mean_squared_distance(image.view(), image.view()).value(), 0.0);
}

TEST_P(EveryFormat, FindsOneChangedSample) {
  const auto [channels, bits] = GetParam();
  const auto image = make_scene(Scene::smooth, 61, 47, channels, bits);
  for (int c = 0; c < channels; ++c) {
    auto changed = image;
    const std::uint32_t before = sample_of(image, 60, 46, c);
    const std::uint32_t step = before >= 100 ? 100U : ~99U;  // up or down by a hundred
    set_sample(changed, 60, 46, c, before - step);
    const auto difference = compare(image, changed);
    EXPECT_FALSE(difference.identical);
    EXPECT_EQ(difference.max_difference, 100U);
    EXPECT_EQ(difference.differing_pixels, 1U);
    const double peak = bits == 16 ? 65535.0 : 255.0;
    EXPECT_NEAR(difference.psnr, 10.0 * std::log10(peak * peak * 61 * 47 * channels / 10000.0), 1e-9);
  }
}

TEST_P(EveryFormat, EqualsItsPromotion) {
  const auto [channels, bits] = GetParam();
  const auto image = make_scene(Scene::shapes, 40, 30, channels, bits);
  const auto promoted = promote(image, 4, 16);
  EXPECT_TRUE(compare(image, promoted).identical);
  EXPECT_TRUE(compare(promoted, image).identical);
  EXPECT_EQ(compare(promoted, image).bits, 16);
  EXPECT_EQ(mean_squared_distance(image.view(), promoted.view()).value(), 0.0);
}

INSTANTIATE_TEST_SUITE_P(PixelDifference, EveryFormat,
                         testing::Combine(testing::Values(1, 2, 3, 4), testing::Values(8, 16)));

TEST(PixelDifference, CountsPixelsNotSamples) {
  const auto image = make_scene(Scene::smooth, 50, 50, 3, 8);
  auto changed = image;
  for (std::uint32_t y = 0; y < 50; y += 2) {
    for (int c = 0; c < 3; ++c)
      set_sample(changed, 7, y, c, sample_of(image, 7, y, c) ^ 1U);
  }
  const auto difference = compare(image, changed);
  EXPECT_EQ(difference.differing_pixels, 25U);
  EXPECT_EQ(difference.max_difference, 1U);
  EXPECT_NEAR(difference.psnr, 10.0 * std::log10(65025.0 * 2500.0 / 25.0), 1e-9);
}

TEST(PixelDifference, TellsGreyFromColour) {
  const auto grey = make_scene(Scene::smooth, 20, 20, 1, 8);
  auto colour = promote(grey, 3, 8);
  EXPECT_TRUE(compare(grey, colour).identical);
  set_sample(colour, 3, 4, 2, sample_of(colour, 3, 4, 2) ^ 16U);
  EXPECT_EQ(compare(grey, colour).max_difference, 16U);
}

TEST(PixelDifference, CountsTransparencyAgainstAMissingAlphaChannel) {
  const auto plain = make_scene(Scene::smooth, 20, 20, 3, 8);
  auto faded = promote(plain, 4, 8);
  set_sample(faded, 0, 0, 3, 250);
  const auto difference = compare(plain, faded);
  EXPECT_FALSE(difference.identical);
  EXPECT_EQ(difference.max_difference, 5U);
}

TEST(PixelDifference, IgnoresHiddenColourOnlyWhenAsked) {
  for (const int bits : {8, 16}) {
    auto image = make_scene(Scene::shapes, 30, 30, 4, bits);
    auto changed = image;
    for (std::uint32_t x = 0; x < 30; ++x) {
      set_sample(image, x, 9, 3, 0);
      set_sample(changed, x, 9, 3, 0);
      set_sample(changed, x, 9, 0, sample_of(image, x, 9, 0) ^ 64U);
    }
    EXPECT_EQ(compare(image, changed).differing_pixels, 30U);
    EXPECT_TRUE(compare(image, changed, HiddenColour::ignore).identical);
    EXPECT_EQ(mean_squared_distance(image.view(), changed.view()).value(), 0.0);

    set_sample(changed, 2, 9, 3, 1);  // no longer hidden on one side
    EXPECT_EQ(compare(image, changed, HiddenColour::ignore).differing_pixels, 1U);
  }
}

TEST(PixelDifference, MeansSquaresOverAllSamplesInStepsOf8Bits) {
  auto a = make_scene(Scene::smooth, 100, 60, 3, 8);
  for (auto& sample : a.data)
    sample = static_cast<std::uint8_t>(sample / 2);
  auto b = a;
  for (auto& sample : b.data)
    sample = static_cast<std::uint8_t>(sample + 9);
  EXPECT_DOUBLE_EQ(mean_squared_distance(a.view(), b.view()).value(), 81.0);
  EXPECT_DOUBLE_EQ(mean_squared_distance(promote(a, 3, 16).view(), b.view()).value(), 81.0);
  EXPECT_DOUBLE_EQ(mean_squared_distance(a.view(), promote(b, 4, 8).view()).value(), 81.0 * 3 / 4);
}

TEST(PixelDifference, RefusesWhatCannotBeCompared) {
  const auto a = make_scene(Scene::smooth, 8, 9, 3, 8);
  const auto b = make_scene(Scene::smooth, 9, 8, 3, 8);
  auto cut = a.view();
  cut.data = cut.data.first(5);
  EXPECT_EQ(compare_pixels(a.view(), b.view()).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(compare_pixels(cut, a.view()).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(mean_squared_distance(a.view(), b.view()).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(mean_squared_distance(a.view(), cut).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace imgopt
