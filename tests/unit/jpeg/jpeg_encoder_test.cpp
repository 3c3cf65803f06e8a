#include "worker/jpeg/jpeg_encoder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "jpeg_fixture.hpp"
#include "worker/jpeg/jpeg_info.hpp"
#include "worker/jpeg/jpeg_transcode.hpp"

namespace imgopt::jpeg {
namespace {

using test::contains;
using test::decode;
using test::make_picture;

double mean_squared_error(const PixelBuffer& a, const PixelBuffer& b) {
  EXPECT_EQ(a.data.size(), b.data.size());
  double sum = 0;
  for (std::size_t i = 0; i < std::min(a.data.size(), b.data.size()); ++i)
    sum += std::pow(int{a.data[i]} - int{b.data[i]}, 2);
  return sum / static_cast<double>(a.data.size());
}

Bytes encode_ok(const PixelBuffer& pixels, const EncodeOptions& options) {
  auto result = encode_jpeg(pixels.view(), options);
  EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message);
  return result ? std::move(*result) : Bytes{};
}

// Smooth in all channels, so that subsampling costs little.
PixelBuffer make_gradient(std::uint32_t width, std::uint32_t height) {
  PixelBuffer pixels{width, height, 3, 8, {}};
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      pixels.data.push_back(static_cast<std::uint8_t>(x * 255 / 200));
      pixels.data.push_back(static_cast<std::uint8_t>(y * 255 / 200));
      pixels.data.push_back(static_cast<std::uint8_t>(255 - x * 255 / 200));
    }
  }
  return pixels;
}

struct Shape {
  std::uint32_t width;
  std::uint32_t height;
};

class EveryShape : public testing::TestWithParam<Shape> {};

TEST_P(EveryShape, DecodesCloseToItsSource) {
  const PixelBuffer rgb = make_gradient(GetParam().width, GetParam().height);
  const PixelBuffer grey = make_picture(GetParam().width, GetParam().height, 1);
  for (const int effort : {0, 5, 9}) {
    for (const Subsampling subsampling : {Subsampling::s420, Subsampling::s422, Subsampling::s444}) {
      EncodeOptions options;
      options.quality = 95;
      options.effort = effort;
      options.subsampling = subsampling;
      const Bytes jpeg = encode_ok(rgb, options);
      EXPECT_LT(mean_squared_error(rgb, decode(jpeg)), 12.0);
      // The lossless path finds nothing wrong with it.
      EXPECT_TRUE(transcode_jpeg(jpeg, {}).has_value());
    }
    EncodeOptions options;
    options.quality = 95;
    options.effort = effort;
    EXPECT_LT(mean_squared_error(grey, decode(encode_ok(grey, options))), 12.0);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, EveryShape,
                         testing::Values(Shape{1, 1}, Shape{7, 9}, Shape{16, 16}, Shape{33, 17},
                                         Shape{64, 48}, Shape{131, 77}));

TEST(EncodeJpeg, SamplesChromaAsAsked) {
  const PixelBuffer pixels = make_gradient(50, 50);
  const auto luma_factors = [&](Subsampling subsampling) {
    EncodeOptions options;
    options.subsampling = subsampling;
    const JpegInfo info = read_jpeg_info(encode_ok(pixels, options)).value();
    return std::pair<int, int>{info.sampling[0].horizontal, info.sampling[0].vertical};
  };
  EXPECT_EQ(luma_factors(Subsampling::s420), (std::pair<int, int>{2, 2}));
  EXPECT_EQ(luma_factors(Subsampling::s422), (std::pair<int, int>{2, 1}));
  EXPECT_EQ(luma_factors(Subsampling::s444), (std::pair<int, int>{1, 1}));
}

TEST(EncodeJpeg, GrowsAndImprovesWithQuality) {
  const PixelBuffer pixels = make_picture(160, 120, 3);
  std::size_t last_size = 0;
  double last_error = 1e9;
  for (const int quality : {1, 10, 30, 50, 70, 80, 90, 95, 100}) {
    EncodeOptions options;
    options.quality = quality;
    options.subsampling = Subsampling::s444;
    const Bytes jpeg = encode_ok(pixels, options);
    const double error = mean_squared_error(pixels, decode(jpeg));
    EXPECT_GT(jpeg.size(), last_size) << quality;
    EXPECT_LT(error, last_error) << quality;
    last_size = jpeg.size();
    last_error = error;
  }
  EXPECT_LT(last_error, 2.0);
}

TEST(EncodeJpeg, NeedsFewerBytesThanRoundingForTheSameError) {
  const PixelBuffer pixels = make_picture(256, 192, 3);
  EncodeOptions plain;
  plain.effort = 0;
  plain.quality = 72;
  EncodeOptions chosen;
  chosen.quality = 80;
  const Bytes rounded = encode_ok(pixels, plain);
  const Bytes searched = encode_ok(pixels, chosen);
  EXPECT_LT(mean_squared_error(pixels, decode(searched)) * static_cast<double>(searched.size()),
            mean_squared_error(pixels, decode(rounded)) * static_cast<double>(rounded.size()));
}

TEST(EncodeJpeg, GivesTheSameBytesEachTime) {
  const PixelBuffer pixels = make_picture(100, 80, 3);
  EXPECT_EQ(encode_ok(pixels, {}), encode_ok(pixels, {}));
}

TEST(EncodeJpeg, CarriesProfileExifAndDensity) {
  const Bytes icc(150000, 'i');
  const Bytes exif = test::make_exif(Orientation::rotate_180);
  EncodeOptions options;
  options.icc = icc;
  options.exif = ByteView(exif).subspan(6);
  options.density = {DensityUnit::per_inch, 300, 301};
  const Bytes jpeg = encode_ok(make_picture(20, 20, 3), options);
  const JpegInfo info = read_jpeg_info(jpeg).value();
  EXPECT_TRUE(info.has_icc);
  EXPECT_EQ(info.orientation, Orientation::rotate_180);
  EXPECT_TRUE(contains(jpeg, std::string_view("ICC_PROFILE\0\3\3", 14)));
  EXPECT_TRUE(contains(jpeg, std::string_view("JFIF\0\1\1\1\x01\x2C\x01\x2D", 12)));
  EXPECT_FALSE(decode(jpeg).data.empty());
}

TEST(EncodeJpeg, ObeysTheScanStyle) {
  const PixelBuffer pixels = make_picture(100, 80, 3);
  EncodeOptions options;
  options.style = ScanStyle::sequential;
  EXPECT_FALSE(read_jpeg_info(encode_ok(pixels, options))->progressive);
  options.style = ScanStyle::progressive;
  EXPECT_TRUE(read_jpeg_info(encode_ok(pixels, options))->progressive);
}

TEST(EncodeJpeg, RefusesWhatItCannotHold) {
  const PixelBuffer alpha = make_picture(8, 8, 4);
  EXPECT_EQ(encode_jpeg(alpha.view(), {}).error().code, ErrorCode::unsupported_image);
  PixelView inconsistent = make_picture(8, 8, 3).view();
  inconsistent.width = 9;
  EXPECT_EQ(encode_jpeg(inconsistent, {}).error().code, ErrorCode::unsupported_image);
  PixelBuffer wide{65536, 1, 1, 8, Bytes(65536, 0)};
  EXPECT_EQ(encode_jpeg(wide.view(), {}).error().code, ErrorCode::unsupported_image);
}

}  // namespace
}  // namespace imgopt::jpeg
