#include "tool/workers/believable.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace imgopt {
namespace {

constexpr std::uint64_t k_max_pixels = 1'000'000;
constexpr std::uint64_t k_large = std::uint64_t{1} << 30;

SetupMessage limits() {
  SetupMessage limits;
  limits.max_pixels = k_max_pixels;
  limits.max_total_pixels = 16 * k_max_pixels;
  limits.max_frames = 100;
  return limits;
}

TEST(MostPixels, AreThoseOfOneFrameWhereNoMoreAreTaken) {
  for (const ImageFormat format : {ImageFormat::jpeg, ImageFormat::avif, ImageFormat::jxl, ImageFormat::tiff})
    EXPECT_EQ(most_pixels(format, k_large, limits()), k_max_pixels);
}

TEST(MostPixels, OfAnAnimationGrowWithItsBytesUpToTheLimitOfAllFrames) {
  for (const ImageFormat format : {ImageFormat::gif, ImageFormat::webp}) {
    EXPECT_EQ(most_pixels(format, 10, limits()), k_max_pixels);
    EXPECT_EQ(most_pixels(format, 50, limits()), (format == ImageFormat::gif ? 5 : 3) * k_max_pixels);
    EXPECT_EQ(most_pixels(format, k_large, limits()), 16 * k_max_pixels);
  }
}

TEST(MostPixels, OfAPngAreNoMoreThanItsBytesCanDeflateTo) {
  EXPECT_EQ(most_pixels(ImageFormat::png, 10, limits()), 10 * 8 * 1032u);
  EXPECT_EQ(most_pixels(ImageFormat::png, k_large, limits()), 16 * k_max_pixels);
}

TEST(MostPixels, AreNoMoreThanTheLimitOfFramesAllows) {
  SetupMessage few = limits();
  few.max_frames = 2;
  EXPECT_EQ(most_pixels(ImageFormat::gif, k_large, few), 2 * k_max_pixels);
}

TEST(MostPixels, DoNotWrapWithoutLimits) {
  EXPECT_EQ(most_pixels(ImageFormat::webp, UINT64_MAX, SetupMessage()), UINT64_MAX);
  EXPECT_EQ(most_pixels(ImageFormat::png, UINT64_MAX, SetupMessage()), UINT64_MAX);
}

TEST(MostMemory, GrowsWithPixelsAndBytesAndDoesNotWrap) {
  EXPECT_GT(most_memory(0, 0), 0u);
  EXPECT_GT(most_memory(1000, 0), most_memory(0, 0));
  EXPECT_GT(most_memory(0, 1000), most_memory(0, 0));
  EXPECT_EQ(most_memory(UINT64_MAX, UINT64_MAX), UINT64_MAX);
}

ResultSlot slot_with(SlotStatus status, std::uint32_t width, std::uint32_t height, std::uint32_t frames) {
  ResultSlot slot;
  slot.status = static_cast<std::uint32_t>(status);
  slot.format = static_cast<std::uint32_t>(ImageFormat::webp);
  slot.width = width;
  slot.height = height;
  slot.frames = frames;
  slot.length = 1;
  return slot;
}

OutputSettings settings_with(ResizeMode mode, std::uint32_t width, std::uint32_t height) {
  OutputSettings settings;
  settings.format = ImageFormat::webp;
  settings.resize = mode;
  settings.resize_width = width;
  settings.resize_height = height;
  return settings;
}

constexpr KnownSource k_source{ImageFormat::jpeg, 5000};

// Empty where it is believed.
std::string doubts_about(const ResultSlot& slot, const OutputSettings& settings, const KnownSource& source,
                         const SetupMessage& limits) {
  const auto checked = check_output(slot, settings, source, limits);
  if (checked)
    return {};
  EXPECT_EQ(checked.error().code, ErrorCode::worker_crashed);
  constexpr std::string_view k_prefix = "the worker's results make no sense: ";
  EXPECT_TRUE(checked.error().message.starts_with(k_prefix));
  return checked.error().message.substr(k_prefix.size());
}

struct Dimensions {
  std::string name;
  std::uint32_t width;
  std::uint32_t height;
  std::uint32_t frames;
  bool are_believed;
};

class DimensionsTest : public testing::TestWithParam<Dimensions> {};

TEST_P(DimensionsTest, AreBelievedWithinTheLimits) {
  const ResultSlot slot =
      slot_with(SlotStatus::encoded, GetParam().width, GetParam().height, GetParam().frames);
  const OutputSettings settings = settings_with(ResizeMode::none, 0, 0);
  EXPECT_EQ(doubts_about(slot, settings, k_source, limits()),
            GetParam().are_believed ? "" : "an output is larger than the limits allow");
  EXPECT_EQ(doubts_about(slot, settings, k_source, SetupMessage()), "");
}

INSTANTIATE_TEST_SUITE_P(Cases, DimensionsTest,
                         testing::Values(Dimensions{"LargestFrame", 1000, 1000, 1, true},
                                         Dimensions{"TooLargeAFrame", 1001, 1000, 1, false},
                                         Dimensions{"AllFrames", 1000, 1000, 16, true},
                                         Dimensions{"TooMuchInAll", 1000, 1000, 17, false},
                                         Dimensions{"TooManyFrames", 1, 1, 101, false},
                                         Dimensions{"Absurd", UINT32_MAX, UINT32_MAX, UINT32_MAX, false}),
                         [](const auto& test) { return test.param.name; });

TEST(CheckOutput, BelievesNoMorePixelsThanAPngCanHold) {
  const OutputSettings settings = settings_with(ResizeMode::none, 0, 0);
  const KnownSource source{ImageFormat::png, 10};
  EXPECT_EQ(doubts_about(slot_with(SlotStatus::encoded, 10 * 1032, 8, 1), settings, source, limits()), "");
  EXPECT_EQ(doubts_about(slot_with(SlotStatus::encoded, 10 * 1032 + 1, 8, 1), settings, source, limits()),
            "an output is larger than the limits allow");
}

struct Resized {
  std::string name;
  ResizeMode mode;
  std::uint32_t width;
  std::uint32_t height;
  bool is_believed;
};

class ResizedTest : public testing::TestWithParam<Resized> {};

TEST_P(ResizedTest, IsBelievedWithinWhatWasAskedFor) {
  const OutputSettings settings = settings_with(GetParam().mode, 40, 30);
  for (const SlotStatus status : {SlotStatus::encoded, SlotStatus::original_is_best})
    EXPECT_EQ(doubts_about(slot_with(status, GetParam().width, GetParam().height, 1), settings,
                           {ImageFormat::webp, 5000}, limits()),
              GetParam().is_believed ? "" : "an output is larger than was asked for");
}

INSTANTIATE_TEST_SUITE_P(Cases, ResizedTest,
                         testing::Values(Resized{"NotAtAll", ResizeMode::none, 900, 900, true},
                                         Resized{"Fitting", ResizeMode::fit, 40, 30, true},
                                         Resized{"TooWideAFit", ResizeMode::fit, 41, 30, false},
                                         Resized{"TooHighAFit", ResizeMode::fit, 40, 31, false},
                                         Resized{"Width", ResizeMode::width, 40, 900, true},
                                         Resized{"TooWide", ResizeMode::width, 41, 1, false},
                                         Resized{"Height", ResizeMode::height, 900, 30, true},
                                         Resized{"TooHigh", ResizeMode::height, 1, 31, false},
                                         Resized{"Longest", ResizeMode::longest, 40, 40, true},
                                         Resized{"TooLong", ResizeMode::longest, 1, 41, false},
                                         Resized{"Shortest", ResizeMode::shortest, 900, 40, true},
                                         Resized{"NotShort", ResizeMode::shortest, 41, 41, false}),
                         [](const auto& test) { return test.param.name; });

TEST(CheckOutput, BelievesTheFormatThatWasAskedForAlone) {
  OutputSettings settings = settings_with(ResizeMode::none, 0, 0);
  settings.format = ImageFormat::jpeg;
  EXPECT_EQ(doubts_about(slot_with(SlotStatus::encoded, 1, 1, 1), settings, k_source, limits()),
            "an output of another format than was asked for");
}

TEST(CheckOutput, BelievesThatASourceIsBestInItsOwnFormatAlone) {
  const ResultSlot slot = slot_with(SlotStatus::original_is_best, 1, 1, 1);
  const OutputSettings settings = settings_with(ResizeMode::none, 0, 0);
  EXPECT_EQ(doubts_about(slot, settings, {ImageFormat::webp, 5000}, limits()), "");
  EXPECT_EQ(doubts_about(slot, settings, k_source, limits()), "a source was kept that has another format");
}

TEST(CheckOutput, BelievesAsManyBytesAsThePixelsAndTheSourceCanNeed) {
  ResultSlot slot = slot_with(SlotStatus::encoded, 100, 100, 2);
  const OutputSettings settings = settings_with(ResizeMode::none, 0, 0);
  SetupMessage few = limits();
  few.max_metadata_bytes = 1000;
  slot.length = 100 * 100 * 2 * 16 + 5000 + 1000 + (1u << 20);
  EXPECT_EQ(doubts_about(slot, settings, k_source, few), "");
  ++slot.length;
  EXPECT_EQ(doubts_about(slot, settings, k_source, few), "an output has more bytes than its pixels can need");
  EXPECT_EQ(doubts_about(slot, settings, k_source, limits()), "");
}

TEST(CheckOutput, HasNoDoubtsAboutFailures) {
  ResultSlot slot;
  slot.status = static_cast<std::uint32_t>(SlotStatus::failed);
  EXPECT_EQ(doubts_about(slot, settings_with(ResizeMode::fit, 1, 1), k_source, limits()), "");
}

}  // namespace
}  // namespace imgopt
