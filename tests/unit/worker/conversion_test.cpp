// Every format from every kind of picture, read back and compared.
#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "worker/preparation.hpp"
#include "worker/vips_setup.hpp"
#include "worker_fixture.hpp"

namespace imgopt::test {
namespace {

using vips::VImage;

enum class Subject { photograph, sprite, grey, deep };

VImage picture(Subject subject) {
  switch (subject) {
    case Subject::photograph:
      return photograph(97, 61);
    case Subject::sprite:
      return sprite(96, 64);
    case Subject::grey:
      return grey(96, 64);
    case Subject::deep:
      return deep_photograph(96, 64);
  }
  return {};
}

std::string name_of(Subject subject) {
  constexpr std::array k_names = {"photograph", "sprite", "grey", "deep"};
  return k_names[static_cast<std::size_t>(subject)];
}

VImage as_rgb8(const VImage& image) {
  VImage result = image.bands() <= 2 ? image.colourspace(VIPS_INTERPRETATION_sRGB) : image;
  // GIF comes back with an alpha channel whether it says something or not.
  result = result.extract_band(0, VImage::option()->set("n", 3));
  if (result.format() == VIPS_FORMAT_USHORT)
    result = (result / 257.0).rint().cast(VIPS_FORMAT_UCHAR);
  return result;
}

class ConversionTest : public WorkerTest,
                       public ::testing::WithParamInterface<std::tuple<ImageFormat, Subject>> {};

TEST_P(ConversionTest, LossyOutputShowsThePicture) {
  const auto [format, subject] = GetParam();
  if (!can_save(format))
    GTEST_SKIP() << "this libvips does not write " << format_name(format);
  const VImage original = picture(subject);
  const Bytes source = save(original, ImageFormat::png);
  const Outcome outcome = optimize_one(source, settings_for(format));
  if (format == ImageFormat::png && outcome.status() == SlotStatus::original_is_best)
    return;
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_EQ(outcome.slot.width, static_cast<std::uint32_t>(original.width()));
  EXPECT_EQ(outcome.slot.height, static_cast<std::uint32_t>(original.height()));
  EXPECT_EQ(outcome.slot.frames, 1u);
  const VImage made = load(outcome.data);
  const bool has_alpha = original.bands() == 4;
  EXPECT_EQ(outcome.has(OutputNote::alpha_flattened), has_alpha && !holds_alpha(format));
  EXPECT_EQ(outcome.has(OutputNote::depth_reduced), subject == Subject::deep && most_bits(format) == 8);
  if (subject == Subject::deep && most_bits(format) == 16) {
    EXPECT_EQ(made.format(), VIPS_FORMAT_USHORT);
  }
  if (!has_alpha) {
    EXPECT_LT(mean_difference(as_rgb8(made), as_rgb8(original)), 8.0);
  } else if (holds_alpha(format)) {
    ASSERT_EQ(made.bands(), 4);
    EXPECT_LT(mean_difference(made[3], original[3]), format == ImageFormat::gif ? 30.0 : 2.0);
  }
}

INSTANTIATE_TEST_SUITE_P(EveryFormat, ConversionTest,
                         ::testing::Combine(::testing::ValuesIn(k_all_formats),
                                            ::testing::Values(Subject::photograph, Subject::sprite,
                                                              Subject::grey, Subject::deep)),
                         [](const auto& tested) {
                           return std::string(format_name(std::get<0>(tested.param))) + "_" +
                                  name_of(std::get<1>(tested.param));
                         });

class LosslessTest : public WorkerTest,
                     public ::testing::WithParamInterface<std::tuple<ImageFormat, Subject>> {};

TEST_P(LosslessTest, DecodesToTheSamePixels) {
  const auto [format, subject] = GetParam();
  if (!can_save(format))
    GTEST_SKIP() << "this libvips does not write " << format_name(format);
  const VImage original = picture(subject);
  const Outcome outcome =
      optimize_one(save(original, ImageFormat::tiff), settings_for(format, Lossless::yes));
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  VImage made = load(outcome.data);
  VImage expected = original;
  if (subject == Subject::deep && most_bits(format) == 8)
    expected = as_rgb8(original);
  if (made.bands() == 3 && expected.bands() == 1)
    made = made[0];
  EXPECT_EQ(largest_difference(made, expected), 0.0);
}

INSTANTIATE_TEST_SUITE_P(LosslessFormats, LosslessTest,
                         ::testing::Combine(::testing::Values(ImageFormat::png, ImageFormat::webp,
                                                              ImageFormat::jxl, ImageFormat::tiff),
                                            ::testing::Values(Subject::photograph, Subject::sprite,
                                                              Subject::grey, Subject::deep)),
                         [](const auto& tested) {
                           return std::string(format_name(std::get<0>(tested.param))) + "_" +
                                  name_of(std::get<1>(tested.param));
                         });

class ReadingTest : public WorkerTest, public ::testing::WithParamInterface<ImageFormat> {};

TEST_P(ReadingTest, EveryFormatIsReadAndMadePng) {
  const ImageFormat format = GetParam();
  if (!can_save(format))
    GTEST_SKIP() << "this libvips does not write " << format_name(format);
  const VImage original = photograph(80, 48);
  const Bytes source = save(original, format);
  const Outcome outcome = optimize_one(source, settings_for(ImageFormat::png, Lossless::yes));
  if (outcome.status() != SlotStatus::original_is_best) {
    ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
    EXPECT_LT(mean_difference(load(outcome.data), original), 12.0);
  }
}

INSTANTIATE_TEST_SUITE_P(EveryFormat, ReadingTest, ::testing::ValuesIn(k_all_formats),
                         [](const auto& tested) { return std::string(format_name(tested.param)); });

class AnimationTest : public WorkerTest {};

TEST_F(AnimationTest, GifBecomesAnimatedWebpWithItsTiming) {
  const Bytes gif = save(animation(40, 30, 5), ImageFormat::gif);
  for (const Lossless lossless : {Lossless::no, Lossless::yes}) {
    const Outcome outcome = optimize_one(gif, settings_for(ImageFormat::webp, lossless));
    ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
    EXPECT_EQ(outcome.slot.frames, 5u);
    const VImage made = load(outcome.data);
    EXPECT_EQ(made.height(), 150);
    EXPECT_EQ(made.get_array_int("delay"), std::vector<int>(5, 100));
    EXPECT_EQ(made.get_int("loop"), 0);
    if (lossless == Lossless::yes) {
      EXPECT_EQ(largest_difference(made, load(gif)), 0.0);
    }
  }
}

TEST_F(AnimationTest, IsResizedFrameByFrame) {
  const Bytes gif = save(animation(40, 30, 4), ImageFormat::gif);
  for (const ImageFormat format : {ImageFormat::gif, ImageFormat::webp, ImageFormat::png}) {
    const Outcome outcome = optimize_one(gif, at_width(settings_for(format), 20));
    ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
    EXPECT_EQ(outcome.slot.frames, 4u);
    EXPECT_EQ(outcome.slot.height, 15u);
    EXPECT_EQ(decode_image(outcome.data, format, Frames::all)->height(), 60);
  }
}

TEST_F(AnimationTest, IsFlattenedWhereTheFormatHoldsOneFrame) {
  const Bytes gif = save(animation(40, 30, 4), ImageFormat::gif);
  const Outcome outcome = optimize_one(gif, settings_for(ImageFormat::tiff));
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_TRUE(outcome.has(OutputNote::animation_flattened));
  EXPECT_EQ(outcome.slot.frames, 1u);
  EXPECT_EQ(load(outcome.data).height(), 30);
}

TEST_F(AnimationTest, EqualNeighboursMayBecomeOneLongerFrame) {
  const VImage first = animation(40, 30, 1);
  const VImage last = first.invert();
  VImage stack =
      VImage::arrayjoin(std::vector<VImage>{first, first, first, last}, VImage::option()->set("across", 1));
  stack = stack.copy();
  stack.set(VIPS_META_PAGE_HEIGHT, 30);
  stack.set("delay", std::vector<int>{50, 60, 70, 80});
  for (const ImageFormat source : {ImageFormat::gif, ImageFormat::webp})
    for (const ImageFormat target : {ImageFormat::gif, ImageFormat::webp}) {
      const Outcome outcome = optimize_one(save(stack, source), at_width(settings_for(target), 20));
      ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
      const VImage made = load(outcome.data);
      EXPECT_EQ(made.height(), static_cast<int>(outcome.slot.frames) * 15);
      int total = 0;
      for (const int delay : made.get_array_int("delay"))
        total += delay;
      EXPECT_EQ(total, 260);
    }
}

TEST_F(AnimationTest, OfEqualFramesMayBecomeAStill) {
  const VImage frame = animation(40, 30, 1);
  VImage stack =
      VImage::arrayjoin(std::vector<VImage>{frame, frame}, VImage::option()->set("across", 1)).copy();
  stack.set(VIPS_META_PAGE_HEIGHT, 30);
  stack.set("delay", std::vector<int>{300, 300});
  const Outcome outcome =
      optimize_one(save(stack, ImageFormat::webp), at_width(settings_for(ImageFormat::webp), 20));
  EXPECT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
}

TEST_F(AnimationTest, DelaysTooShortForBrowsersAreNoError) {
  VImage stack = animation(40, 30, 3);
  stack.set("delay", std::vector<int>{0, 10, 10});
  const Outcome outcome = optimize_one(save(stack, ImageFormat::gif), settings_for(ImageFormat::webp));
  EXPECT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
}

class SharedWorkTest : public WorkerTest {};

TEST_F(SharedWorkTest, OutputsDoNotDependOnTheirNeighbours) {
  const Bytes source = save(photograph(200, 150), ImageFormat::jpeg);
  std::vector<OutputSettings> outputs;
  for (const std::uint32_t width : {200u, 90u, 40u})
    for (const ImageFormat format : {ImageFormat::webp, ImageFormat::jpeg, ImageFormat::png})
      outputs.push_back(at_width(settings_for(format), width));
  const std::vector<Outcome> together = optimize(source, outputs);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Outcome alone = optimize_one(source, outputs[i]);
    EXPECT_EQ(together[i].data, alone.data) << i;
    EXPECT_EQ(together[i].slot.notes, alone.slot.notes) << i;
  }
}

TEST_F(SharedWorkTest, OneFailingOutputLeavesTheOthers) {
  const Bytes source = save(photograph(50, 40), ImageFormat::png);
  const std::vector<Outcome> outcomes =
      optimize(source, {settings_for(ImageFormat::jpeg, Lossless::yes), settings_for(ImageFormat::jpeg)});
  EXPECT_EQ(outcomes[0].status(), SlotStatus::failed);
  EXPECT_EQ(outcomes[0].failure(), FailureKind::unsupported_image);
  EXPECT_EQ(outcomes[1].status(), SlotStatus::encoded);
}

}  // namespace
}  // namespace imgopt::test
