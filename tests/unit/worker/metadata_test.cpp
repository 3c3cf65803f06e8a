#include "worker/metadata.hpp"

#include <gtest/gtest.h>

#include <string>

#include "worker/vips_setup.hpp"
#include "worker_fixture.hpp"

namespace imgopt::test {
namespace {

using vips::VImage;

class MetadataTest : public WorkerTest, public ::testing::WithParamInterface<ImageFormat> {
protected:
  static Bytes tagged_source() {
    VImage image = photograph(64, 48);
    image.set("exif-ifd0-Copyright", "Ann Author (Ann Author, ASCII, 11 components, 11 bytes)");
    image.set("exif-ifd0-Software", "Paintbox (Paintbox, ASCII, 9 components, 9 bytes)");
    const std::string xmp = "<x:xmpmeta xmlns:x='adobe:ns:meta/'>secret</x:xmpmeta>";
    vips_image_set_blob_copy(image.get_image(), VIPS_META_XMP_NAME, xmp.data(), xmp.size());
    return save(image, ImageFormat::jpeg, VImage::option()->set("Q", 95));
  }
  static bool contains(const Bytes& bytes, std::string_view text) {
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()).find(text) !=
           std::string_view::npos;
  }
  static Bytes encoded(MetadataPolicy policy) {
    OutputSettings settings = settings_for(GetParam());
    settings.metadata = policy;
    const Outcome outcome = optimize_one(tagged_source(), settings);
    EXPECT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
    return outcome.data;
  }
};

TEST_P(MetadataTest, FollowsThePolicy) {
  if (!can_save(GetParam()))
    GTEST_SKIP() << "this libvips does not write " << format_name(GetParam());
  const Bytes none = encoded(MetadataPolicy::none);
  EXPECT_FALSE(contains(none, "Ann Author"));
  EXPECT_FALSE(contains(none, "Paintbox"));
  EXPECT_FALSE(contains(none, "secret"));
  EXPECT_FALSE(has_metadata_fields(load(none)));
  const Bytes copyright = encoded(MetadataPolicy::copyright);
  EXPECT_TRUE(contains(copyright, "Ann Author"));
  EXPECT_FALSE(contains(copyright, "Paintbox"));
  EXPECT_FALSE(contains(copyright, "secret"));
  const Bytes all = encoded(MetadataPolicy::all);
  EXPECT_TRUE(contains(all, "Ann Author"));
  EXPECT_TRUE(contains(all, "Paintbox"));
  EXPECT_TRUE(contains(all, "secret"));
}

// GIF holds none of it; libvips hands JPEG XL boxes over compressed or not at all, by version.
INSTANTIATE_TEST_SUITE_P(Formats, MetadataTest,
                         ::testing::Values(ImageFormat::png, ImageFormat::jpeg, ImageFormat::webp,
                                           ImageFormat::avif),
                         [](const auto& tested) { return std::string(format_name(tested.param)); });

}  // namespace
}  // namespace imgopt::test
