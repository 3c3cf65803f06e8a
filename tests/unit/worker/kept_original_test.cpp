#include <gtest/gtest.h>

#include "worker/metadata_conformity.hpp"
#include "worker_fixture.hpp"

namespace imgopt::test {
namespace {

using vips::VImage;

class KeptOriginalTest : public WorkerTest {
protected:
  // A PNG that no further pass makes smaller.
  static Bytes optimal_png() {
    return optimize_one(save(sprite(48, 48), ImageFormat::png), settings_for(ImageFormat::png, Lossless::yes))
        .data;
  }
  static Bytes small_jpeg() {
    return optimize_one(save(photograph(64, 48), ImageFormat::png), quality(30)).data;
  }
  static OutputSettings quality(int value) {
    OutputSettings settings = settings_for(ImageFormat::jpeg);
    settings.quality = static_cast<std::uint8_t>(value);
    return settings;
  }
};

TEST_F(KeptOriginalTest, AnOptimalPngIsKept) {
  const Bytes source = optimal_png();
  const Outcome outcome = optimize_one(source, settings_for(ImageFormat::png, Lossless::yes));
  EXPECT_EQ(outcome.status(), SlotStatus::original_is_best);
  EXPECT_TRUE(outcome.data.empty());
  EXPECT_EQ(outcome.slot.width, 48u);
  EXPECT_EQ(outcome.slot.frames, 1u);
}

TEST_F(KeptOriginalTest, AJpegOfLowerQualityIsKeptAtAHigherOne) {
  const Outcome outcome = optimize_one(small_jpeg(), quality(95));
  EXPECT_EQ(outcome.status(), SlotStatus::original_is_best) << message_of(outcome.slot);
}

TEST_F(KeptOriginalTest, MetadataThatHasToGoForcesAnEncoding) {
  VImage tagged = photograph(64, 48);
  tagged.set("exif-ifd0-Copyright", "someone (someone, ASCII, 8 components, 8 bytes)");
  const Bytes source = save(tagged, ImageFormat::jpeg, VImage::option()->set("Q", 20));
  const Outcome outcome = optimize_one(source, quality(95));
  ASSERT_EQ(outcome.status(), SlotStatus::encoded);
  OutputSettings keep_all = quality(95);
  keep_all.metadata = MetadataPolicy::all;
  keep_all.min_savings = 500;
  EXPECT_EQ(optimize_one(source, keep_all).status(), SlotStatus::original_is_best);
}

TEST_F(KeptOriginalTest, TooLittleSavedKeepsTheOriginal) {
  const Bytes source = save(photograph(64, 48), ImageFormat::png, VImage::option()->set("strip", true));
  OutputSettings settings = settings_for(ImageFormat::png, Lossless::yes);
  ASSERT_EQ(optimize_one(source, settings).status(), SlotStatus::encoded);
  settings.min_savings = 990;
  EXPECT_EQ(optimize_one(source, settings).status(), SlotStatus::original_is_best);
}

TEST_F(KeptOriginalTest, AnotherSizeIsEncodedAndMayBeLarger) {
  const Bytes source = small_jpeg();
  OutputSettings settings = at_width(quality(100), 60);
  const Outcome outcome = optimize_one(source, settings);
  ASSERT_EQ(outcome.status(), SlotStatus::encoded);
  EXPECT_GT(outcome.data.size(), source.size());
  EXPECT_TRUE(outcome.has(OutputNote::larger_than_source));
}

TEST_F(KeptOriginalTest, AnotherFormatIsEncodedEvenIfLarger) {
  const Outcome outcome = optimize_one(small_jpeg(), settings_for(ImageFormat::png, Lossless::yes));
  ASSERT_EQ(outcome.status(), SlotStatus::encoded);
  EXPECT_TRUE(outcome.has(OutputNote::larger_than_source));
}

TEST_F(KeptOriginalTest, AnOriginalAboveTheByteLimitIsNotKept) {
  OutputSettings settings = quality(95);
  const Bytes source = small_jpeg();
  settings.max_bytes = source.size() / 2;
  EXPECT_NE(optimize_one(source, settings).status(), SlotStatus::original_is_best);
}

class ConformityTest : public WorkerTest, public ::testing::WithParamInterface<ImageFormat> {
protected:
  // By our own codecs: libvips' WebP carries EXIF even when stripped.
  static Bytes bare_file(int side) {
    const ImageFormat other = GetParam() == ImageFormat::png ? ImageFormat::tiff : ImageFormat::png;
    return optimize_one(save(deep_photograph(side, side), other), settings_for(GetParam())).data;
  }
};

TEST_P(ConformityTest, BareFilesConformAndTrailingBytesDoNot) {
  Bytes bytes = bare_file(32);
  auto info = read_source_info(bytes, {});
  ASSERT_TRUE(info.has_value());
  EXPECT_TRUE(metadata_conforms(bytes, *info, MetadataPolicy::none));
  if (GetParam() == ImageFormat::tiff)
    return;  // a TIFF's data may stand anywhere
  bytes.insert(bytes.end(), {'m', 'o', 'r', 'e'});
  EXPECT_FALSE(metadata_conforms(bytes, *info, MetadataPolicy::none));
  EXPECT_TRUE(metadata_conforms(bytes, *info, MetadataPolicy::all));
}

TEST_P(ConformityTest, IsSafeOnEveryTruncation) {
  const Bytes bytes = bare_file(16);
  const auto info = read_source_info(bytes, {});
  ASSERT_TRUE(info.has_value());
  for (std::size_t size = 16; size < bytes.size(); ++size) {
    const Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    static_cast<void>(metadata_conforms(cut, *info, MetadataPolicy::none));
  }
}

INSTANTIATE_TEST_SUITE_P(Containers, ConformityTest,
                         ::testing::Values(ImageFormat::png, ImageFormat::jpeg, ImageFormat::webp,
                                           ImageFormat::gif, ImageFormat::tiff),
                         [](const auto& tested) { return std::string(format_name(tested.param)); });

}  // namespace
}  // namespace imgopt::test
