#include "worker/jpeg/jpeg_transcode.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "jpeg_fixture.hpp"
#include "worker/jpeg/jpeg_reader.hpp"

namespace imgopt::jpeg {
namespace {

using test::contains;
using test::decode;
using test::FixtureOptions;
using test::make_jpeg;
using test::Process;
using test::with_exif;
using test::with_segment;
using ::testing::Contains;
using ::testing::IsEmpty;

TranscodedJpeg transcode_ok(ByteView jpeg, const TranscodeOptions& options = {}) {
  auto result = transcode_jpeg(jpeg, options);
  EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message);
  return result ? std::move(*result) : TranscodedJpeg{};
}

FixtureOptions fixture(std::uint32_t width, std::uint32_t height, int components, int h, int v,
                       Process process = Process::baseline) {
  FixtureOptions options;
  options.width = width;
  options.height = height;
  options.components = components;
  options.h_factor = h;
  options.v_factor = v;
  options.process = process;
  return options;
}

class EveryKindOfJpeg : public testing::TestWithParam<FixtureOptions> {};

TEST_P(EveryKindOfJpeg, KeepsCoefficientsAndPixelsAndShrinks) {
  const Bytes jpeg = make_jpeg(GetParam());
  for (const ScanStyle style : {ScanStyle::smallest, ScanStyle::sequential, ScanStyle::progressive}) {
    for (const int effort : {0, 5, 9}) {
      TranscodeOptions options;
      options.style = style;
      options.effort = effort;
      const TranscodedJpeg result = transcode_ok(jpeg, options);
      EXPECT_LE(result.bytes.size(), jpeg.size());
      EXPECT_TRUE(coefficients_equal(jpeg, result.bytes).value());
      EXPECT_EQ(decode(jpeg).data, decode(result.bytes).data);
      EXPECT_THAT(result.notes, IsEmpty());
      const JpegInfo info = read_jpeg_info(result.bytes).value();
      EXPECT_EQ(info.progressive, result.style == ScanStyle::progressive);
      if (result.outcome == TranscodeOutcome::transcoded && style != ScanStyle::smallest) {
        EXPECT_EQ(result.style, style);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Processes, EveryKindOfJpeg,
                         testing::Values(fixture(64, 48, 3, 2, 2), fixture(65, 47, 3, 2, 2),
                                         fixture(65, 47, 3, 2, 1), fixture(33, 50, 3, 1, 2),
                                         fixture(40, 40, 3, 1, 1), fixture(61, 59, 3, 4, 1),
                                         fixture(61, 59, 3, 4, 2), fixture(70, 30, 3, 3, 2),
                                         fixture(53, 41, 1, 1, 1), fixture(53, 41, 1, 2, 2),
                                         fixture(45, 61, 4, 1, 1), fixture(45, 61, 4, 2, 2),
                                         fixture(1, 1, 3, 2, 2), fixture(300, 200, 3, 2, 2),
                                         fixture(90, 61, 3, 2, 2, Process::progressive),
                                         fixture(90, 61, 1, 1, 1, Process::progressive),
                                         fixture(90, 61, 3, 2, 2, Process::arithmetic)));

TEST(TranscodeJpeg, ShrinksPlainBaselineFiles) {
  const Bytes jpeg = make_jpeg(fixture(300, 200, 3, 2, 2));
  const TranscodedJpeg result = transcode_ok(jpeg);
  EXPECT_EQ(result.outcome, TranscodeOutcome::transcoded);
  EXPECT_LT(result.bytes.size(), jpeg.size() * 97 / 100);
}

TEST(TranscodeJpeg, GivesTheSameBytesEachTime) {
  const Bytes jpeg = make_jpeg(fixture(120, 90, 3, 2, 2));
  EXPECT_EQ(transcode_ok(jpeg).bytes, transcode_ok(jpeg).bytes);
}

TEST(TranscodeJpeg, ReturnsAnAlreadyOptimalFileUnchanged) {
  const Bytes once = transcode_ok(make_jpeg(fixture(120, 90, 3, 2, 2))).bytes;
  const TranscodedJpeg twice = transcode_ok(once);
  EXPECT_EQ(twice.bytes, once);
  EXPECT_EQ(twice.outcome, TranscodeOutcome::unchanged);
}

TEST(TranscodeJpeg, DropsRestartIntervals) {
  FixtureOptions options = fixture(200, 100, 3, 2, 2);
  options.restart_interval = 1;
  const Bytes jpeg = make_jpeg(options);
  const TranscodedJpeg result = transcode_ok(jpeg);
  EXPECT_FALSE(contains(result.bytes, "\xFF\xD0"));
  EXPECT_TRUE(coefficients_equal(jpeg, result.bytes).value());
}

class EveryOrientation : public testing::TestWithParam<int> {};

// Where the pixel that `orientation` shows at (x, y) lies in the stored image (Exif 2.3, tag 0x0112).
std::size_t stored_index(const PixelBuffer& stored, Orientation orientation, std::uint32_t x,
                         std::uint32_t y) {
  const std::uint32_t w = stored.width - 1;
  const std::uint32_t h = stored.height - 1;
  const auto at = [&](std::uint32_t column, std::uint32_t row) {
    return std::size_t{row} * stored.width + column;
  };
  switch (orientation) {
    case Orientation::upright:
      return at(x, y);
    case Orientation::mirror_horizontal:
      return at(w - x, y);
    case Orientation::rotate_180:
      return at(w - x, h - y);
    case Orientation::mirror_vertical:
      return at(x, h - y);
    case Orientation::transpose:
      return at(y, x);
    case Orientation::rotate_90:
      return at(y, h - x);
    case Orientation::transverse:
      return at(w - y, h - x);
    case Orientation::rotate_270:
      return at(w - y, x);
  }
  return 0;
}

TEST_P(EveryOrientation, IsAppliedToAlignedImages) {
  const auto orientation = static_cast<Orientation>(GetParam());
  const Bytes jpeg = with_exif(make_jpeg(fixture(64, 48, 3, 2, 1)), orientation);
  const TranscodedJpeg result = transcode_ok(jpeg);
  EXPECT_EQ(result.applied_orientation, orientation);
  EXPECT_EQ(read_jpeg_info(result.bytes)->orientation, Orientation::upright);
  EXPECT_TRUE(coefficients_equal(jpeg, result.bytes, orientation).value());
  const PixelBuffer stored = decode(jpeg);
  const PixelBuffer shown = decode(result.bytes);
  ASSERT_EQ(shown.width, GetParam() >= 5 ? 48U : 64U);
  ASSERT_EQ(shown.width, result.width);
  ASSERT_EQ(shown.height, result.height);
  std::size_t far = 0;
  for (std::uint32_t y = 0; y < shown.height; ++y) {
    for (std::uint32_t x = 0; x < shown.width; ++x) {
      for (std::size_t c = 0; c < 3; ++c) {
        const int a = shown.data[(std::size_t{y} * shown.width + x) * 3 + c];
        const int b = stored.data[stored_index(stored, orientation, x, y) * 3 + c];
        far += std::abs(a - b) > 3 ? 1 : 0;  // the inverse DCT rounds rows and columns apart
      }
    }
  }
  EXPECT_EQ(far, 0U);
}

INSTANTIATE_TEST_SUITE_P(All, EveryOrientation, testing::Range(1, 9));

TEST(TranscodeJpeg, KeepsOrientationAsTheOnlyExifOffTheMcuGrid) {
  const Bytes jpeg = with_exif(make_jpeg(fixture(61, 47, 3, 2, 2)), Orientation::rotate_90);
  const TranscodedJpeg result = transcode_ok(jpeg);
  EXPECT_EQ(result.applied_orientation, Orientation::upright);
  EXPECT_THAT(result.notes, Contains(TranscodeNote::orientation_kept_as_tag));
  EXPECT_EQ(read_jpeg_info(result.bytes)->orientation, Orientation::rotate_90);
  EXPECT_FALSE(contains(result.bytes, "Ann"));
  EXPECT_TRUE(coefficients_equal(jpeg, result.bytes).value());
}

TEST(TranscodeJpeg, LeavesOrientationAloneWhenAsked) {
  TranscodeOptions options;
  options.orientation = OrientationPolicy::keep_tag;
  const Bytes jpeg = with_exif(make_jpeg(fixture(64, 48, 3, 2, 2)), Orientation::rotate_180);
  const TranscodedJpeg result = transcode_ok(jpeg, options);
  EXPECT_EQ(read_jpeg_info(result.bytes)->orientation, Orientation::rotate_180);
  EXPECT_TRUE(coefficients_equal(jpeg, result.bytes).value());
}

TEST(TranscodeJpeg, KeepsCopyrightAndArtistAlone) {
  TranscodeOptions options;
  options.metadata = MetadataPolicy::copyright;
  Bytes jpeg = with_exif(make_jpeg(fixture(61, 47, 3, 2, 2)), Orientation::upright);
  jpeg = with_segment(jpeg, 0xFE, "a comment");
  const TranscodedJpeg result = transcode_ok(jpeg, options);
  EXPECT_TRUE(contains(result.bytes, "(c) Ann and others"));
  EXPECT_TRUE(contains(result.bytes, "Ann"));
  EXPECT_FALSE(contains(result.bytes, "a comment"));
}

TEST(TranscodeJpeg, KeepsEverythingUnderPolicyAllAndMakesExifUpright) {
  TranscodeOptions options;
  options.metadata = MetadataPolicy::all;
  Bytes jpeg = with_exif(make_jpeg(fixture(64, 48, 3, 2, 2)), Orientation::rotate_180);
  jpeg = with_segment(jpeg, 0xFE, "a comment");
  jpeg = with_segment(jpeg, 0xE7, "vendor data");
  for (const char character : std::string("trailing"))
    jpeg.push_back(static_cast<std::uint8_t>(character));
  const TranscodedJpeg result = transcode_ok(jpeg, options);
  EXPECT_EQ(result.outcome, TranscodeOutcome::transcoded);
  EXPECT_TRUE(contains(result.bytes, "a comment"));
  EXPECT_TRUE(contains(result.bytes, "vendor data"));
  EXPECT_TRUE(contains(result.bytes, "Ann"));
  const JpegInfo info = read_jpeg_info(result.bytes).value();
  EXPECT_EQ(info.orientation, Orientation::upright);
  EXPECT_EQ(info.trailing_bytes, 8U);
  EXPECT_THAT(result.notes, IsEmpty());
}

TEST(TranscodeJpeg, NamesDroppedTrailingData) {
  Bytes jpeg = make_jpeg(fixture(64, 48, 3, 2, 2));
  jpeg.insert(jpeg.end(), 100, 7);
  const TranscodedJpeg result = transcode_ok(jpeg);
  EXPECT_EQ(read_jpeg_info(result.bytes)->trailing_bytes, 0U);
  EXPECT_THAT(result.notes, Contains(TranscodeNote::trailing_data_dropped));
}

TEST(TranscodeJpeg, KeepsProfileUnlessToldToDropIt) {
  const std::string profile = std::string("ICC_PROFILE\0\1\1", 14) + std::string(200, 'p');
  const Bytes jpeg = with_segment(make_jpeg(fixture(64, 48, 3, 2, 2)), 0xE2, profile);
  EXPECT_TRUE(read_jpeg_info(transcode_ok(jpeg).bytes)->has_icc);
  TranscodeOptions options;
  options.icc = IccPolicy::drop;
  EXPECT_FALSE(read_jpeg_info(transcode_ok(jpeg, options).bytes)->has_icc);
}

TEST(TranscodeJpeg, KeepsCmykMeaning) {
  const Bytes jpeg = make_jpeg(fixture(64, 48, 4, 1, 1));
  const TranscodedJpeg result = transcode_ok(jpeg);
  EXPECT_EQ(read_jpeg_info(result.bytes)->color_model, read_jpeg_info(jpeg)->color_model);
  EXPECT_TRUE(contains(result.bytes, "Adobe"));
}

TEST(TranscodeJpeg, PassesGainMapsThroughUnchanged) {
  const std::string xmp = std::string("http://ns.adobe.com/xap/1.0/\0", 29) +
                          "<x xmlns:hdrgm='http://ns.adobe.com/hdr-gain-map/1.0/'/>";
  const Bytes jpeg = with_segment(make_jpeg(fixture(64, 48, 3, 2, 2)), 0xE1, xmp);
  const TranscodedJpeg result = transcode_ok(jpeg);
  EXPECT_EQ(result.outcome, TranscodeOutcome::unchanged);
  EXPECT_EQ(result.bytes, jpeg);
  EXPECT_THAT(result.notes, Contains(TranscodeNote::several_pictures));
}

TEST(TranscodeJpeg, PassesProgressiveFilesWithoutLastPassesThroughUnchanged) {
  const Bytes jpeg = make_jpeg(fixture(64, 48, 3, 2, 2, Process::progressive));
  // Cut before the last scan and close the file again.
  std::size_t last = jpeg.size();
  while (!(jpeg[last - 2] == 0xFF && jpeg[last - 1] == 0xC4))
    --last;
  Bytes partial(jpeg.begin(), jpeg.begin() + static_cast<std::ptrdiff_t>(last - 2));
  partial.push_back(0xFF);
  partial.push_back(0xD9);
  const TranscodedJpeg result = transcode_ok(partial);
  EXPECT_EQ(result.bytes, partial);
  EXPECT_THAT(result.notes, Contains(TranscodeNote::partial_progression));
}

TEST(TranscodeJpeg, RefusesMorePixelsAndScansThanAllowed) {
  TranscodeOptions options;
  options.max_pixels = 64 * 48 - 1;
  EXPECT_EQ(transcode_jpeg(make_jpeg(fixture(64, 48, 3, 2, 2)), options).error().code,
            ErrorCode::limit_exceeded);
  options = {};
  options.max_scans = 3;
  EXPECT_EQ(transcode_jpeg(make_jpeg(fixture(64, 48, 3, 2, 2, Process::progressive)), options).error().code,
            ErrorCode::limit_exceeded);
}

TEST(TranscodeJpeg, NamesThePropertyOfUnsupportedFiles) {
  Bytes jpeg = make_jpeg(fixture(64, 48, 3, 2, 2));
  std::size_t frame = 0;
  while (!(jpeg[frame] == 0xFF && jpeg[frame + 1] == 0xC0))
    ++frame;
  Bytes twelve_bits = jpeg;
  twelve_bits[frame + 4] = 12;
  const auto precise = transcode_jpeg(twelve_bits, {});
  ASSERT_FALSE(precise.has_value());
  EXPECT_EQ(precise.error().code, ErrorCode::unsupported_image);
  EXPECT_THAT(precise.error().message, testing::HasSubstr("12 bits"));
  Bytes lossless = jpeg;
  lossless[frame + 1] = 0xC3;
  EXPECT_EQ(transcode_jpeg(lossless, {}).error().code, ErrorCode::unsupported_image);
}

TEST(TranscodeJpeg, RefusesEveryTruncation) {
  const Bytes jpeg = make_jpeg(fixture(40, 24, 3, 2, 2));
  for (std::size_t size = 0; size < jpeg.size(); ++size) {
    const auto result = transcode_jpeg(ByteView(jpeg).first(size), {});
    ASSERT_FALSE(result.has_value()) << size;
    EXPECT_EQ(result.error().code, ErrorCode::corrupt_image) << size;
  }
}

TEST(TranscodeJpeg, SurvivesEveryFlippedByte) {
  for (const Process process : {Process::baseline, Process::progressive}) {
    const Bytes jpeg = with_exif(make_jpeg(fixture(24, 16, 3, 2, 2, process)), Orientation::rotate_180);
    TranscodeOptions options;
    options.max_pixels = 1 << 20;
    options.effort = 1;
    for (std::size_t i = 0; i < jpeg.size(); ++i) {
      Bytes damaged = jpeg;
      damaged[i] ^= 0xFF;
      const auto result = transcode_jpeg(damaged, options);
      if (result) {
        EXPECT_TRUE(coefficients_equal(damaged, result->bytes, result->applied_orientation).value()) << i;
      }
    }
  }
}

TEST(CoefficientsEqual, TellsDifferentImagesApart) {
  FixtureOptions options = fixture(64, 48, 3, 2, 2);
  const Bytes a = make_jpeg(options);
  options.quality = 84;
  EXPECT_FALSE(coefficients_equal(a, make_jpeg(options)).value());
  EXPECT_FALSE(coefficients_equal(a, ByteView(a).first(20)).has_value());
  EXPECT_FALSE(coefficients_equal(a, a, Orientation::rotate_180).value());
}

TEST(HoldsCoefficients, SeesEachSingleDifference) {
  for (const int components : {1, 3}) {
    const Bytes jpeg = make_jpeg(fixture(61, 43, components, 2, 2, Process::progressive));
    const CoefficientImage image = read_coefficients(jpeg, {})->image;
    EXPECT_TRUE(holds_coefficients(jpeg, image).value());
    const std::vector<std::function<void(CoefficientImage&)>> changes = {
        [](CoefficientImage& other) { other.components.front().coefficients.front() ^= 1; },
        [](CoefficientImage& other) { other.components.front().coefficients[k_block_size + 1] += 1; },
        [](CoefficientImage& other) { other.components.back().coefficients.back() -= 1; },
        [](CoefficientImage& other) { other.components.back().quantizers[63] ^= 1; },
        [](CoefficientImage& other) { --other.width; },
        [](CoefficientImage& other) { other.components.back().v_factor = 4; },
        [](CoefficientImage& other) { other.components.push_back(other.components.back()); }};
    for (std::size_t i = 0; i < changes.size(); ++i) {
      CoefficientImage other = image;
      changes[i](other);
      EXPECT_FALSE(holds_coefficients(jpeg, other).value()) << i;
    }
    EXPECT_FALSE(holds_coefficients(ByteView(jpeg).first(jpeg.size() / 2), image).has_value());
  }
}

}  // namespace
}  // namespace imgopt::jpeg
