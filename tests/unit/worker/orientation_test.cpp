#include <gtest/gtest.h>

#include "worker_fixture.hpp"

namespace imgopt::test {
namespace {

using vips::VImage;

class OrientationTest : public WorkerTest, public ::testing::WithParamInterface<int> {
protected:
  // A picture stored turned, and as it is to be seen.
  static VImage tagged(const VImage& stored, int orientation) {
    VImage image = stored.copy();
    image.set(VIPS_META_ORIENTATION, orientation);
    return image;
  }
};

TEST_P(OrientationTest, IsAppliedToPixels) {
  const VImage stored = tagged(photograph(64, 40), GetParam());
  const VImage seen = stored.autorot();
  const Outcome outcome =
      optimize_one(save(stored, ImageFormat::tiff), settings_for(ImageFormat::png, Lossless::yes));
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_EQ(outcome.slot.width, static_cast<std::uint32_t>(seen.width()));
  EXPECT_EQ(outcome.slot.height, static_cast<std::uint32_t>(seen.height()));
  const VImage made = load(outcome.data);
  EXPECT_EQ(made.get_typeof(VIPS_META_ORIENTATION) == 0 || made.get_int(VIPS_META_ORIENTATION) == 1, true);
  EXPECT_EQ(largest_difference(made, seen), 0.0);
}

TEST_P(OrientationTest, IsAppliedToAJpegWithoutLossOnTheMcuGrid) {
  const VImage stored = tagged(photograph(64, 48), GetParam());
  const Bytes source = save(stored, ImageFormat::jpeg, VImage::option()->set("Q", 90));
  const VImage seen = load(source).autorot();
  const Outcome outcome = optimize_one(source, settings_for(ImageFormat::jpeg, Lossless::yes));
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_FALSE(outcome.has(OutputNote::orientation_kept));
  EXPECT_EQ(outcome.slot.width, static_cast<std::uint32_t>(seen.width()));
  const VImage made = load(outcome.data);
  EXPECT_TRUE(made.get_typeof(VIPS_META_ORIENTATION) == 0 || made.get_int(VIPS_META_ORIENTATION) == 1);
  // Chroma is upsampled in the direction of the file, so turned pixels differ by rounding.
  EXPECT_LT(mean_difference(made, seen), 1.0);
}

INSTANTIATE_TEST_SUITE_P(All, OrientationTest, ::testing::Range(1, 9));

class OffGridTest : public WorkerTest {};

TEST_F(OffGridTest, OrientationStaysATagWhereItCannotBeAppliedWithoutLoss) {
  VImage stored = photograph(61, 43);
  stored.set(VIPS_META_ORIENTATION, 6);
  const Outcome outcome =
      optimize_one(save(stored, ImageFormat::jpeg), settings_for(ImageFormat::jpeg, Lossless::yes));
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_TRUE(outcome.has(OutputNote::orientation_kept));
  EXPECT_EQ(outcome.slot.width, 43u);
  EXPECT_EQ(load(outcome.data).get_int(VIPS_META_ORIENTATION), 6);
}

TEST_F(OffGridTest, LossyJpegAppliesItAllTheSame) {
  VImage stored = photograph(61, 43);
  stored.set(VIPS_META_ORIENTATION, 6);
  const Outcome outcome = optimize_one(save(stored, ImageFormat::jpeg), settings_for(ImageFormat::jpeg));
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_FALSE(outcome.has(OutputNote::orientation_kept));
  EXPECT_EQ(load(outcome.data).width(), 43);
}

}  // namespace
}  // namespace imgopt::test
