#include "tool/workers/deadline.hpp"

#include <gtest/gtest.h>

#include "protocol/batch_manifest.hpp"

namespace imgopt {
namespace {

using std::chrono::milliseconds;

OutputSettings settings_of(ImageFormat format, std::uint8_t effort = 5) {
  OutputSettings settings;
  settings.format = format;
  settings.effort = effort;
  return settings;
}

TEST(EstimatedCost, GrowsWithPixelsAndEffortForEveryFormat) {
  for (const ImageFormat format : k_all_formats) {
    EXPECT_EQ(estimated_cost_us(settings_of(format), 0), 0u);
    EXPECT_GT(estimated_cost_us(settings_of(format), 1'000'000), 0u);
    EXPECT_LT(estimated_cost_us(settings_of(format), 1'000'000),
              estimated_cost_us(settings_of(format), 2'000'000));
    EXPECT_LT(estimated_cost_us(settings_of(format, 1), 1'000'000),
              estimated_cost_us(settings_of(format, 9), 1'000'000));
  }
}

TEST(EstimatedCost, OfASearchIsThatOfManyEncodings) {
  OutputSettings searched = settings_of(ImageFormat::webp);
  searched.quality_mode = Quality::target;
  EXPECT_GT(estimated_cost_us(searched, 1'000'000),
            3 * estimated_cost_us(settings_of(ImageFormat::webp), 1'000'000));
}

TEST(EstimatedCost, OfASmallWidthIsLessAndOfALargeOneNoMore) {
  OutputSettings resized = settings_of(ImageFormat::webp);
  resized.resize = ResizeMode::width;
  resized.resize_width = 100;
  const auto whole = estimated_cost_us(settings_of(ImageFormat::webp), 1'000'000);
  EXPECT_LT(estimated_cost_us(resized, 1'000'000), whole);
  resized.resize_width = UINT32_MAX;
  EXPECT_EQ(estimated_cost_us(resized, 1'000'000), whole);
}

TEST(EstimatedCost, OfAnyNumberOfPixelsLeavesRoomForAllFactors) {
  OutputSettings dearest = settings_of(ImageFormat::png, 9);
  dearest.max_bytes = 1;
  const std::uint64_t cost = estimated_cost_us(dearest, UINT64_MAX);
  EXPECT_GE(cost, estimated_cost_us(dearest, std::uint64_t{1} << 32));
  EXPECT_GT(cpu_deadline(milliseconds(500), cost * k_max_outputs_per_record) * k_wall_factor,
            milliseconds(500));
}

TEST(Deadline, IsTheBaseAndManyTimesTheEstimate) {
  EXPECT_EQ(cpu_deadline(milliseconds(500), 0), milliseconds(500));
  EXPECT_GE(cpu_deadline(milliseconds(500), 1'000'000), milliseconds(10'500));
}

}  // namespace
}  // namespace imgopt
