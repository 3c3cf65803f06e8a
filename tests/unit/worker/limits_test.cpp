#include <gtest/gtest.h>

#include "worker/vips_setup.hpp"
#include "worker_fixture.hpp"

namespace imgopt::test {
namespace {

using namespace std::string_view_literals;

using vips::VImage;

class LimitsTest : public WorkerTest {
protected:
  static FailureKind failure_with(ByteView source, const SourceLimits& limits) {
    const Outcome outcome = optimize_one(source, settings_for(ImageFormat::webp), limits);
    EXPECT_EQ(outcome.status(), SlotStatus::failed);
    EXPECT_FALSE(message_of(outcome.slot).empty());
    return outcome.failure();
  }
};

TEST_F(LimitsTest, EachLimitIsCheckedBeforeDecoding) {
  const Bytes png = save(photograph(64, 48), ImageFormat::png);
  SourceLimits limits;
  limits.max_pixels = 64 * 48 - 1;
  EXPECT_EQ(failure_with(png, limits), FailureKind::limit);
  limits.max_pixels = 64 * 48;
  EXPECT_EQ(optimize_one(png, settings_for(ImageFormat::webp), limits).status(), SlotStatus::encoded);

  const Bytes gif = save(animation(20, 20, 6), ImageFormat::gif);
  limits = {};
  limits.max_frames = 5;
  EXPECT_EQ(failure_with(gif, limits), FailureKind::limit);
  limits = {};
  limits.max_total_pixels = 6 * 400 - 1;
  EXPECT_EQ(failure_with(gif, limits), FailureKind::limit);

  VImage tagged = photograph(16, 16);
  const std::string xmp(5000, 'x');
  vips_image_set_blob_copy(tagged.get_image(), VIPS_META_XMP_NAME, xmp.data(), xmp.size());
  limits = {};
  limits.max_metadata_bytes = 4000;
  EXPECT_EQ(failure_with(save(tagged, ImageFormat::webp), limits), FailureKind::limit);

  const Bytes progressive =
      save(photograph(64, 48), ImageFormat::jpeg, VImage::option()->set("interlace", true));
  limits = {};
  limits.max_jpeg_scans = 3;
  EXPECT_EQ(failure_with(progressive, limits), FailureKind::limit);

  limits = {};
  limits.max_output_bytes = 10;
  EXPECT_EQ(failure_with(png, limits), FailureKind::limit);
}

// libvips would give the first 4,097 and warn.
TEST_F(LimitsTest, AGifOfMoreFramesThanLibvipsReadsIsUnsupported) {
  const std::string_view head = "GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff"sv;
  const std::string_view frame = "\x21\xf9\x04\0\x01\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"sv;
  Bytes gif(head.begin(), head.end());
  for (int i = 0; i < 5000; ++i)
    gif.insert(gif.end(), frame.begin(), frame.end());
  gif.push_back(0x3b);
  EXPECT_EQ(failure_with(gif, {}), FailureKind::unsupported_image);
}

TEST_F(LimitsTest, DamageIsTheImagesOwnFault) {
  for (const ImageFormat format : k_all_formats) {
    if (!can_save(format))
      continue;
    Bytes bytes = save(photograph(96, 96), format);
    bytes.resize(bytes.size() / 2);
    const Outcome outcome = optimize_one(bytes, settings_for(ImageFormat::png));
    EXPECT_EQ(outcome.status(), SlotStatus::failed) << format_name(format);
    EXPECT_EQ(outcome.failure(), FailureKind::corrupt_image)
        << format_name(format) << message_of(outcome.slot);
  }
}

// libvips' PNG reader tells the cause in a warning and gives an empty error.
TEST_F(LimitsTest, DamageOfAPngIsNamed) {
  Bytes png = save(photograph(32, 32), ImageFormat::png);
  png.resize(40);
  const Outcome outcome = optimize_one(png, settings_for(ImageFormat::webp));
  EXPECT_EQ(outcome.status(), SlotStatus::failed);
  EXPECT_EQ(message_of(outcome.slot).find("unknown error"), std::string_view::npos)
      << message_of(outcome.slot);
}

TEST_F(LimitsTest, WhatIsNoImageIsUnsupported) {
  for (const std::string_view text :
       {"plain text", "<svg xmlns='http://www.w3.org/2000/svg'/>", "BM......", ""}) {
    const Bytes bytes(text.begin(), text.end());
    EXPECT_EQ(failure_with(bytes, {}), FailureKind::unsupported_image);
  }
}

TEST_F(LimitsTest, AMagicNumberOfAnotherFormatIsAnError) {
  Bytes bytes = save(photograph(32, 32), ImageFormat::webp);
  const Bytes png = save(photograph(32, 32), ImageFormat::png);
  std::copy_n(png.begin(), 8, bytes.begin());
  EXPECT_EQ(failure_with(bytes, {}), FailureKind::corrupt_image);
}

TEST_F(LimitsTest, NeededMemoryGrowsWithPixels) {
  SourceInfo small;
  small.width = small.height = 100;
  SourceInfo large = small;
  large.width = large.height = 10000;
  const std::vector<OutputSettings> outputs = {settings_for(ImageFormat::avif)};
  EXPECT_GT(needed_memory(large, 1000, outputs), needed_memory(small, 1000, outputs) + 1'000'000'000);
}

}  // namespace
}  // namespace imgopt::test
