// Verification must refuse what a broken encoder would hand over.
#include "worker/verify.hpp"

#include <gtest/gtest.h>

#include "worker/pixel_comparison.hpp"
#include "worker_fixture.hpp"

namespace imgopt::test {
namespace {

using vips::VImage;

class VerifyTest : public WorkerTest {
protected:
  static Picture picture(const VImage& image) {
    return {image.copy_memory(), static_cast<std::uint32_t>(image.width()),
            static_cast<std::uint32_t>(image.height()), 1};
  }
  static bool accepts(const VImage& encoded, const VImage& expected, ImageFormat format, Fidelity fidelity) {
    const EncodeRequest request(settings_for(format));
    return verify_encoding({save(encoded, format), fidelity}, picture(expected), request).has_value();
  }
};

TEST_F(VerifyTest, AcceptsAnHonestEncoding) {
  EXPECT_TRUE(accepts(photograph(80, 60), photograph(80, 60), ImageFormat::jpeg, Fidelity::approximate));
  EXPECT_TRUE(accepts(photograph(80, 60), photograph(80, 60), ImageFormat::png, Fidelity::exact));
}

TEST_F(VerifyTest, AcceptsTheCoarsestJpeg) {
  const VImage image = photograph(80, 60);
  const Encoding coarse{save(image, ImageFormat::jpeg, VImage::option()->set("Q", 1)), Fidelity::approximate};
  EXPECT_TRUE(
      verify_encoding(coarse, picture(image), EncodeRequest(settings_for(ImageFormat::jpeg))).has_value());
}

TEST_F(VerifyTest, RefusesSwappedChannelsAnotherSizeAndLostAlpha) {
  const VImage image = sprite(80, 64).extract_band(0, VImage::option()->set("n", 3));
  const VImage swapped = VImage::bandjoin(std::vector<VImage>{image[1], image[2], image[0]})
                             .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  EXPECT_FALSE(accepts(swapped, image, ImageFormat::jpeg, Fidelity::approximate));
  EXPECT_FALSE(accepts(photograph(80, 61), photograph(80, 60), ImageFormat::jpeg, Fidelity::approximate));
  EXPECT_FALSE(accepts(image, sprite(80, 64), ImageFormat::webp, Fidelity::approximate));
}

TEST_F(VerifyTest, RefusesOneChangedPixelOfALosslessOutput) {
  const VImage image = photograph(40, 30);
  const VImage changed = image.insert(VImage::black(1, 1, VImage::option()->set("bands", 3)), 3, 3);
  EXPECT_FALSE(accepts(changed, image, ImageFormat::png, Fidelity::exact));
}

TEST_F(VerifyTest, RefusesAnotherFormatAndTruncation) {
  const VImage image = photograph(40, 30);
  const EncodeRequest request(settings_for(ImageFormat::png));
  EXPECT_FALSE(
      verify_encoding({save(image, ImageFormat::webp), Fidelity::approximate}, picture(image), request)
          .has_value());
  Bytes cut = save(image, ImageFormat::png);
  cut.resize(cut.size() / 2);
  EXPECT_FALSE(verify_encoding({cut, Fidelity::exact}, picture(image), request).has_value());
}

TEST(PixelComparisonTest, HiddenColourCountsOnlyWhereItMustBeKept) {
  const Bytes a = {1, 2, 3, 0, 9, 9, 9, 255};
  const Bytes b = {7, 7, 7, 0, 9, 9, 9, 255};
  const PixelView left{2, 1, 4, 8, a};
  const PixelView right{2, 1, 4, 8, b};
  EXPECT_FALSE(equal_pixels(left, right, TransparentColor::keep));
  EXPECT_TRUE(equal_pixels(left, right, TransparentColor::rewrite));
}

TEST(PixelComparisonTest, GreyEqualsRgbAndOpaqueEqualsNoAlpha) {
  const Bytes grey_samples = {10, 200};
  const Bytes rgba_samples = {10, 10, 10, 255, 200, 200, 200, 255};
  EXPECT_TRUE(equal_pixels({2, 1, 1, 8, grey_samples}, {2, 1, 4, 8, rgba_samples}, TransparentColor::keep));
}

}  // namespace
}  // namespace imgopt::test
