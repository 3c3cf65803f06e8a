#include "worker/metrics/ssimulacra2.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>

#include "tests/unit/metrics/ssimulacra2_published.hpp"
#include "tests/unit/metrics/test_images.hpp"

namespace imgopt {
namespace {

using test::distort;
using test::Distortion;
using test::make_scene;
using test::Scene;

double score(const PixelBuffer& reference, const PixelBuffer& distorted) {
  const auto result = ssimulacra2(reference.view(), distorted.view());
  EXPECT_TRUE(result.has_value());
  return result.value_or(std::numeric_limits<double>::quiet_NaN());
}

// The same image with an alpha channel that is `alpha` everywhere.
PixelBuffer with_alpha(const PixelBuffer& image, std::uint32_t alpha) {
  PixelBuffer result{image.width, image.height, image.channels + 1, image.bits, {}};
  result.data.resize(result.view().byte_count());
  for (std::uint32_t y = 0; y < image.height; ++y) {
    for (std::uint32_t x = 0; x < image.width; ++x) {
      for (int c = 0; c < image.channels; ++c)
        test::set_sample(result, x, y, c, test::sample_of(image, x, y, c));
      test::set_sample(result, x, y, image.channels, alpha);
    }
  }
  return result;
}

class PublishedScores : public testing::TestWithParam<test::PublishedScore> {};

TEST_P(PublishedScores, AreGivenToTheFourthDigit) {
  const auto& pair = GetParam();
  const auto reference = make_scene(pair.scene, pair.width, pair.height, pair.channels, pair.bits);
  const auto distorted = distort(reference, pair.distortion, pair.strength);
  EXPECT_NEAR(score(reference, distorted), pair.score, 0.00005);
}

TEST_P(PublishedScores, AreTheSameForAPreparedReference) {
  const auto& pair = GetParam();
  const auto reference = make_scene(pair.scene, pair.width, pair.height, pair.channels, pair.bits);
  const auto distorted = distort(reference, pair.distortion, pair.strength);
  const auto prepared = Ssimulacra2Reference::create(reference.view());
  ASSERT_TRUE(prepared.has_value());
  EXPECT_EQ(prepared->score(distorted.view()).value(), score(reference, distorted));
}

INSTANTIATE_TEST_SUITE_P(Ssimulacra2, PublishedScores, testing::ValuesIn(test::k_published_scores),
                         [](const auto& test_case) { return std::string(test_case.param.name); });

TEST(Ssimulacra2, GivesAHundredForEqualImages) {
  for (const auto scene : {Scene::smooth, Scene::detail, Scene::shapes}) {
    const auto image = make_scene(scene, 150, 90, 4, 8);
    EXPECT_EQ(score(image, image), 100.0);
  }
}

TEST(Ssimulacra2, ScoresManyImagesAgainstOneReferenceInAnyOrder) {
  const auto reference = make_scene(Scene::detail, 600, 150, 3, 8);
  const auto prepared = Ssimulacra2Reference::create(reference.view());
  ASSERT_TRUE(prepared.has_value());
  const auto good = distort(reference, Distortion::blur, 10);
  const auto bad = distort(reference, Distortion::blur, 90);
  const double first = prepared->score(good.view()).value();
  EXPECT_LT(prepared->score(bad.view()).value(), first);
  EXPECT_EQ(prepared->score(good.view()).value(), first);
  EXPECT_EQ(first, score(reference, good));
}

TEST(Ssimulacra2, KeepsAReferenceWhosePixelsAreGone) {
  auto reference = make_scene(Scene::shapes, 80, 60, 3, 8);
  const auto distorted = distort(reference, Distortion::blocks, 50);
  const double expected = score(reference, distorted);
  const auto prepared = Ssimulacra2Reference::create(reference.view());
  ASSERT_TRUE(prepared.has_value());
  std::fill(reference.data.begin(), reference.data.end(), std::uint8_t{0});
  EXPECT_EQ(prepared->score(distorted.view()).value(), expected);
}

TEST(Ssimulacra2, RefusesImagesOfDifferentSize) {
  const auto a = make_scene(Scene::smooth, 32, 16, 3, 8);
  const auto b = make_scene(Scene::smooth, 16, 32, 3, 8);
  EXPECT_EQ(ssimulacra2(a.view(), b.view()).error().code, ErrorCode::invalid_argument);
  const auto prepared = Ssimulacra2Reference::create(a.view());
  ASSERT_TRUE(prepared.has_value());
  EXPECT_EQ(prepared->score(b.view()).error().code, ErrorCode::invalid_argument);
}

TEST(Ssimulacra2, RefusesViewsThatDoNotDescribeTheirSamples) {
  const auto image = make_scene(Scene::smooth, 16, 16, 3, 8);
  auto cut = image.view();
  cut.data = cut.data.first(cut.data.size() - 1);
  EXPECT_EQ(ssimulacra2(image.view(), cut).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(Ssimulacra2Reference::create(cut).error().code, ErrorCode::invalid_argument);

  // Sides whose product with the channels wraps around to the size that is there.
  PixelView huge;
  huge.width = 1U << 31;
  huge.height = 1U << 31;
  huge.channels = 4;
  EXPECT_EQ(Ssimulacra2Reference::create(huge).error().code, ErrorCode::invalid_argument);
}

TEST(Ssimulacra2, ScoresImagesBelowTheLeastSizeOfTheReference) {
  for (const auto& [width, height] : {std::pair{1U, 1U}, std::pair{7U, 3U}, std::pair{2U, 40U}}) {
    const auto image = make_scene(Scene::shapes, width, height, 3, 8);
    const auto slightly = distort(image, Distortion::noise, 10);
    const auto strongly = distort(image, Distortion::noise, 80);
    EXPECT_EQ(score(image, image), 100.0);
    EXPECT_LT(score(image, slightly), 100.0);
    EXPECT_LT(score(image, strongly), score(image, slightly));
    EXPECT_EQ(Ssimulacra2Reference::create(image.view())->score(strongly.view()).value(),
              score(image, strongly));
  }
}

TEST(Ssimulacra2, TakesAMissingAlphaChannelForAnOpaqueOne) {
  const auto plain = make_scene(Scene::detail, 60, 50, 3, 8);
  const auto distorted = distort(plain, Distortion::steps, 20);
  const double expected = score(plain, distorted);
  EXPECT_EQ(score(with_alpha(plain, 255), distorted), expected);
  EXPECT_EQ(score(plain, with_alpha(distorted, 255)), expected);
  EXPECT_EQ(score(plain, with_alpha(plain, 255)), 100.0);
}

TEST(Ssimulacra2, SeesTransparencyThatOnlyTheDistortedImageHas) {
  const auto grey = PixelBuffer{16, 16, 1, 8, Bytes(256, 128)};
  EXPECT_LT(score(grey, with_alpha(grey, 100)), 90.0);
  EXPECT_EQ(Ssimulacra2Reference::create(grey.view())->score(with_alpha(grey, 100).view()).value(),
            score(grey, with_alpha(grey, 100)));
}

TEST(Ssimulacra2, TakesTheWorseOfADarkAndALightBackground) {
  // Black and white sprites lose their shape over one of the two backgrounds only.
  for (const std::uint8_t colour : {std::uint8_t{0}, std::uint8_t{255}}) {
    auto shape = with_alpha(PixelBuffer{64, 64, 1, 8, Bytes(4096, colour)}, 255);
    for (std::uint32_t y = 0; y < 64; ++y) {
      for (std::uint32_t x = 0; x < 32; ++x)
        test::set_sample(shape, x, y, 1, 0);
    }
    const auto gone = with_alpha(PixelBuffer{64, 64, 1, 8, Bytes(4096, colour)}, 0);
    EXPECT_LT(score(shape, gone), 0.0);
  }
}

TEST(Ssimulacra2, IgnoresColourUnderFullTransparency) {
  auto image = make_scene(Scene::shapes, 70, 60, 4, 8);
  auto changed = image;
  for (std::uint32_t y = 0; y < 20; ++y) {
    for (std::uint32_t x = 0; x < 70; ++x) {
      test::set_sample(image, x, y, 3, 0);
      test::set_sample(changed, x, y, 3, 0);
      test::set_sample(changed, x, y, 1, 255 - test::sample_of(image, x, y, 1));
    }
  }
  EXPECT_EQ(score(image, changed), 100.0);
}

TEST(Ssimulacra2, GivesAHundredForEqualImagesOfDifferentFormat) {
  const auto grey = make_scene(Scene::smooth, 90, 80, 1, 8);
  PixelBuffer colour{90, 80, 3, 16, {}};
  colour.data.resize(colour.view().byte_count());
  for (std::uint32_t y = 0; y < 80; ++y) {
    for (std::uint32_t x = 0; x < 90; ++x) {
      for (int c = 0; c < 3; ++c)
        test::set_sample(colour, x, y, c, test::sample_of(grey, x, y, 0) * 257);
    }
  }
  EXPECT_EQ(score(grey, colour), 100.0);
}

}  // namespace
}  // namespace imgopt
