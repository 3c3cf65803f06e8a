#include "worker/geometry.hpp"

#include <gtest/gtest.h>

namespace imgopt::test {
namespace {

OutputSettings resize(ResizeMode mode, std::uint32_t width, std::uint32_t height = 0) {
  OutputSettings settings;
  settings.resize = mode;
  settings.resize_width = width;
  settings.resize_height = height;
  return settings;
}

struct SizeCase {
  PixelSize source;
  OutputSettings settings;
  PixelSize expected;
};

class OutputSizeTest : public ::testing::TestWithParam<SizeCase> {};

TEST_P(OutputSizeTest, KeepsTheAspectRatioAndNeverEnlarges) {
  const PixelSize size = output_size(GetParam().source, GetParam().settings);
  EXPECT_EQ(size.width, GetParam().expected.width);
  EXPECT_EQ(size.height, GetParam().expected.height);
}

INSTANTIATE_TEST_SUITE_P(
    Modes, OutputSizeTest,
    ::testing::Values(SizeCase{{400, 300}, resize(ResizeMode::none, 0), {400, 300}},
                      SizeCase{{400, 300}, resize(ResizeMode::width, 200), {200, 150}},
                      SizeCase{{400, 300}, resize(ResizeMode::width, 4000), {400, 300}},
                      SizeCase{{400, 300}, resize(ResizeMode::height, 0, 30), {40, 30}},
                      SizeCase{{400, 300}, resize(ResizeMode::height, 0, 301), {400, 300}},
                      SizeCase{{400, 300}, resize(ResizeMode::fit, 100, 100), {100, 75}},
                      SizeCase{{300, 400}, resize(ResizeMode::fit, 100, 100), {75, 100}},
                      SizeCase{{400, 300}, resize(ResizeMode::fit, 1000, 150), {200, 150}},
                      SizeCase{{300, 400}, resize(ResizeMode::longest, 100), {75, 100}},
                      SizeCase{{300, 400}, resize(ResizeMode::shortest, 150), {150, 200}},
                      SizeCase{{3, 4000}, resize(ResizeMode::longest, 10), {1, 10}},
                      SizeCase{{1, 1}, resize(ResizeMode::width, 1), {1, 1}}));

TEST(JpegShrinkTest, LeavesTheKernelSomethingToDo) {
  EXPECT_EQ(jpeg_shrink_for({4000, 3000}, {4000, 3000}), 1);
  EXPECT_EQ(jpeg_shrink_for({4000, 3000}, {1920, 1440}), 1);
  EXPECT_EQ(jpeg_shrink_for({4000, 3000}, {1280, 960}), 1);
  EXPECT_EQ(jpeg_shrink_for({4000, 3000}, {640, 480}), 2);
  EXPECT_EQ(jpeg_shrink_for({4000, 3000}, {64, 48}), 8);
}

}  // namespace
}  // namespace imgopt::test
