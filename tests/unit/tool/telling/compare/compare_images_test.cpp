#include "worker/compare_images.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>
#include <vips/vips8>

#include "worker/vips_call.hpp"
#include "worker/vips_setup.hpp"

namespace imgopt {
namespace {

using vips::VImage;

constexpr int k_width = 40;
constexpr int k_height = 24;
constexpr SourceLimits k_no_limits{};

// A picture whose every pixel differs from its neighbours.
Bytes samples(int bands) {
  Bytes bytes;
  for (int i = 0; i < k_width * k_height * bands; ++i)
    bytes.push_back(static_cast<std::uint8_t>(i * 37 % 251));
  return bytes;
}

VImage picture(const Bytes& bytes, int bands) {
  return VImage(vips_image_new_from_memory_copy(bytes.data(), bytes.size(), k_width, k_height, bands,
                                                VIPS_FORMAT_UCHAR))
      .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
}

Bytes png_of(const Bytes& bytes, int bands = 3) {
  return save_to_memory("pngsave_buffer", picture(bytes, bands), VImage::option()->set("compression", 1));
}

class CompareImages : public testing::Test {
protected:
  static void SetUpTestSuite() { ASSERT_TRUE(set_up_vips()); }
};

TEST_F(CompareImages, EqualPixelsInTwoFormatsAreIdentical) {
  const Bytes png = png_of(samples(3));
  const Bytes tiff = save_to_memory("tiffsave_buffer", picture(samples(3), 3), VImage::option());
  const auto compared = compare_images(png, tiff, k_no_limits);
  ASSERT_TRUE(compared) << compared.error().error.message;
  EXPECT_TRUE(compared->identical);
  EXPECT_FALSE(compared->psnr.has_value());
  EXPECT_EQ(compared->ssimulacra2, 100.0);
  EXPECT_EQ(compared->a, (ComparedSize{k_width, k_height, 1}));
}

TEST_F(CompareImages, OneSampleMakesThemDifferent) {
  Bytes other = samples(3);
  other[100] ^= 1;
  const auto compared = compare_images(png_of(samples(3)), png_of(other), k_no_limits);
  ASSERT_TRUE(compared);
  EXPECT_FALSE(compared->identical);
  // One of 2,880 samples, off by one of 255.
  EXPECT_NEAR(compared->psnr.value(), 82.72, 0.01);
  EXPECT_LT(compared->ssimulacra2.value(), 100.0);
}

TEST_F(CompareImages, OtherSizeIsDifferentWithoutNumbers) {
  const Bytes smaller =
      save_to_memory("pngsave_buffer", picture(samples(3), 3).extract_area(0, 0, 8, 9), VImage::option());
  const auto compared = compare_images(png_of(samples(3)), smaller, k_no_limits);
  ASSERT_TRUE(compared);
  EXPECT_FALSE(compared->identical);
  EXPECT_FALSE(compared->psnr.has_value());
  EXPECT_FALSE(compared->ssimulacra2.has_value());
  EXPECT_EQ(compared->b, (ComparedSize{8, 9, 1}));
}

TEST_F(CompareImages, HiddenColourDoesNotCountButIsTold) {
  Bytes left = samples(4);
  Bytes right = left;
  for (std::size_t i = 0; i < left.size(); i += 8) {
    left[i + 3] = right[i + 3] = 0;
    right[i] ^= 255;
  }
  const auto compared = compare_images(png_of(left, 4), png_of(right, 4), k_no_limits);
  ASSERT_TRUE(compared);
  EXPECT_TRUE(compared->identical);
  EXPECT_TRUE(compared->hidden_colour_differs);
}

TEST_F(CompareImages, OrientationCountsAsItIsShown) {
  const VImage upright = picture(samples(3), 3);
  VImage turned = upright.rot270().copy();
  turned.set("orientation", 6);
  // TIFF, since it holds the orientation in a tag of its own and every pixel.
  const auto compared = compare_images(save_to_memory("tiffsave_buffer", turned, VImage::option()),
                                       png_of(samples(3)), k_no_limits);
  ASSERT_TRUE(compared) << compared.error().error.message;
  EXPECT_TRUE(compared->identical);
}

TEST_F(CompareImages, SixteenBitsAreComparedWhole) {
  const VImage deep = (picture(samples(3), 3) * 257)
                          .cast(VIPS_FORMAT_USHORT)
                          .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_RGB16));
  const VImage nudged = (deep + 1)
                            .cast(VIPS_FORMAT_USHORT)
                            .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_RGB16));
  const Bytes a = save_to_memory("pngsave_buffer", deep, VImage::option());
  const Bytes b = save_to_memory("pngsave_buffer", nudged, VImage::option());
  EXPECT_FALSE(compare_images(a, b, k_no_limits)->identical);
  EXPECT_TRUE(compare_images(a, png_of(samples(3)), k_no_limits)->identical);
}

TEST_F(CompareImages, ProfileIsPartOfTheColour) {
  const Bytes with_profile =
      save_to_memory("pngsave_buffer", picture(samples(3), 3), VImage::option()->set("profile", "p3"));
  const auto compared = compare_images(with_profile, png_of(samples(3)), k_no_limits);
  ASSERT_TRUE(compared) << compared.error().error.message;
  EXPECT_FALSE(compared->identical);
  EXPECT_TRUE(compare_images(with_profile, with_profile, k_no_limits)->identical);
}

TEST_F(CompareImages, FramesOfAnimationsAreCompared) {
  const auto webp = [](const Bytes& second) {
    VImage both = picture(samples(3), 3).join(picture(second, 3), VIPS_DIRECTION_VERTICAL).copy();
    both.set("page-height", k_height);
    both.set("delay", std::vector<int>{100, 100});
    return save_to_memory("webpsave_buffer", both, VImage::option()->set("lossless", true));
  };
  Bytes other = samples(3);
  for (std::uint8_t& sample : other)
    sample ^= 64;
  Bytes changed = other;
  changed[5] ^= 128;
  const Bytes a = webp(other);
  const auto compared = compare_images(a, webp(changed), k_no_limits);
  ASSERT_TRUE(compared) << compared.error().error.message;
  EXPECT_EQ(compared->a.frames, 2U);
  EXPECT_EQ(compared->a.height, static_cast<std::uint32_t>(k_height));
  EXPECT_FALSE(compared->identical);
  EXPECT_TRUE(compare_images(a, a, k_no_limits)->identical);
  EXPECT_FALSE(compare_images(a, png_of(samples(3)), k_no_limits)->identical);
}

TEST_F(CompareImages, DamageIsBlamedOnItsSide) {
  const Bytes good = png_of(samples(3));
  const Bytes cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(good.size() / 2));
  EXPECT_EQ(compare_images(cut, good, k_no_limits).error().side, ComparedSide::a);
  EXPECT_EQ(compare_images(good, cut, k_no_limits).error().side, ComparedSide::b);
  EXPECT_EQ(compare_images(cut, cut, k_no_limits).error().side, ComparedSide::a);
  EXPECT_EQ(compare_images(good, {}, k_no_limits).error().side, ComparedSide::b);
}

TEST_F(CompareImages, PixelLimitIsObeyed) {
  SourceLimits limits;
  limits.max_pixels = k_width * k_height - 1;
  const Bytes png = png_of(samples(3));
  EXPECT_EQ(compare_images(png, png, limits).error().error.code, ErrorCode::limit_exceeded);
}

}  // namespace
}  // namespace imgopt
