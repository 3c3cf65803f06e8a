#include "tool/workers/believable.hpp"

#include <gtest/gtest.h>

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

struct Dimensions {
  std::string name;
  std::uint32_t width;
  std::uint32_t height;
  std::uint32_t frames;
  bool are_believed;
};

class DimensionsTest : public testing::TestWithParam<Dimensions> {};

TEST_P(DimensionsTest, AreBelievedWithinTheLimits) {
  RecordResult result;
  result.outputs.resize(2);
  result.outputs[0].status = static_cast<std::uint32_t>(SlotStatus::failed);
  result.outputs[1].status = static_cast<std::uint32_t>(SlotStatus::encoded);
  result.outputs[1].width = GetParam().width;
  result.outputs[1].height = GetParam().height;
  result.outputs[1].frames = GetParam().frames;
  const auto checked = check_dimensions(result, limits());
  EXPECT_EQ(checked.has_value(), GetParam().are_believed);
  if (!checked) {
    EXPECT_EQ(checked.error().code, ErrorCode::worker_crashed);
    EXPECT_EQ(checked.error().message,
              "the worker's results make no sense: an output is larger than the limits allow");
  }
  EXPECT_TRUE(check_dimensions(result, SetupMessage()));
}

INSTANTIATE_TEST_SUITE_P(Cases, DimensionsTest,
                         testing::Values(Dimensions{"LargestFrame", 1000, 1000, 1, true},
                                         Dimensions{"TooLargeAFrame", 1001, 1000, 1, false},
                                         Dimensions{"AllFrames", 1000, 1000, 16, true},
                                         Dimensions{"TooMuchInAll", 1000, 1000, 17, false},
                                         Dimensions{"TooManyFrames", 1, 1, 101, false},
                                         Dimensions{"Absurd", UINT32_MAX, UINT32_MAX, UINT32_MAX, false}),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace imgopt
