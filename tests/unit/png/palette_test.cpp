// Orders of palette entries: all entries are there, and each order does what it promises.
#include "worker/png/palette.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace imgopt::png {
namespace {

// A picture of `count` colours in random walks from row to row, every ninth of them half transparent.
RgbaImage walks(std::uint32_t count) {
  RgbaImage image{64, 64, 8, {}};
  std::uint32_t state = count;
  for (std::uint32_t i = 0; i < image.width * image.height; ++i) {
    state = state * 1664525U + 1013904223U;
    const std::uint32_t color = (i / 16 + (state >> 29)) % count;
    // Some place far away in the cube for each number.
    image.data.insert(
        image.data.end(),
        {static_cast<std::uint8_t>(color * 97), static_cast<std::uint8_t>(color * 57),
         static_cast<std::uint8_t>(color), static_cast<std::uint8_t>(color % 9 == 4 ? 128 : 255)});
  }
  return image;
}

// The sum of the bits of the steps between pixels side by side and one above the other.
int bits_of_steps(const RgbaImage& image, const std::vector<RgbaEntry>& order) {
  std::vector<int> numbers;
  for (std::size_t i = 0; i < image.data.size(); i += 4) {
    const RgbaEntry pixel{image.data[i], image.data[i + 1], image.data[i + 2], image.data[i + 3]};
    numbers.push_back(static_cast<int>(std::find(order.begin(), order.end(), pixel) - order.begin()));
  }
  int bits = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    for (const std::size_t back : {std::size_t{i % image.width > 0 ? 1U : 0U}, std::size_t{image.width}}) {
      for (int step = i < back ? 0 : std::abs(numbers[i] - numbers[i - back]); step > 0; step /= 2) {
        ++bits;
      }
    }
  }
  return bits;
}

TEST(PaletteOrder, ShorterStepsKeepAllEntriesAndTheOpaqueOnesLast) {
  for (const std::uint32_t count : {1U, 2U, 3U, 40U, 256U}) {
    const std::vector<RgbaImage> images{walks(count)};
    const Analysis analysis = analyse(images, TransparentColor::keep);
    const std::vector<RgbaEntry> order = order_by_steps(analysis.colors, images);
    EXPECT_THAT(order, testing::UnorderedElementsAreArray(order_by_luminance(analysis.colors))) << count;
    EXPECT_TRUE(std::is_partitioned(order.begin(), order.end(), [](const RgbaEntry& entry) {
      return entry[3] != 255;
    })) << count;
  }
}

TEST(PaletteOrder, StepsAreShorterThanByNeighboursAlone) {
  const std::vector<RgbaImage> images{walks(256)};
  const Analysis analysis = analyse(images, TransparentColor::keep);
  EXPECT_LT(bits_of_steps(images[0], order_by_steps(analysis.colors, images)),
            bits_of_steps(images[0], order_by_neighbours(analysis.colors, images)));
}

}  // namespace
}  // namespace imgopt::png
