// Animations made from whole pictures: played, they show them again, and they store no more than what
// changes.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "tests/unit/png/png_fixture.hpp"
#include "worker/png/composition.hpp"

namespace imgopt::png::test {
namespace {

constexpr std::uint32_t k_width = 24;
constexpr std::uint32_t k_height = 16;

using Paint = std::function<Pixel(std::uint32_t x, std::uint32_t y)>;

Pixel gradient(std::uint32_t x, std::uint32_t y) {
  return {static_cast<std::uint16_t>(x * 9), static_cast<std::uint16_t>(y * 13), 77, 255};
}

// `base` with a square of 4 x 4 pixels of `colour` at (x, y).
Paint with_square(const Paint& base, std::uint32_t left, std::uint32_t top, Pixel colour) {
  return [=](std::uint32_t x, std::uint32_t y) {
    const bool is_inside = x >= left && x < left + 4 && y >= top && y < top + 4;
    return is_inside ? colour : base(x, y);
  };
}

PixelBuffer stack(const std::vector<Paint>& frames, int bits = 8) {
  PixelBuffer pixels{k_width, k_height * static_cast<std::uint32_t>(frames.size()), 4, bits, {}};
  for (const Paint& frame : frames) {
    for (std::uint32_t y = 0; y < k_height; ++y) {
      for (std::uint32_t x = 0; x < k_width; ++x) {
        for (const std::uint16_t sample : frame(x, y)) {
          const auto* bytes = reinterpret_cast<const std::uint8_t*>(&sample);
          if (bits == 8)
            pixels.data.push_back(static_cast<std::uint8_t>(sample));
          else
            pixels.data.insert(pixels.data.end(), bytes, bytes + 2);
        }
      }
    }
  }
  return pixels;
}

struct MadeAnimation {
  Bytes file;
  ComposedAnimation played;
};

MadeAnimation make(const PixelBuffer& pixels, const AnimationTiming& timing,
                   const OptimizeOptions& options = {}) {
  MadeAnimation made;
  auto file = encode_animated_png(pixels.view(), timing, {}, options);
  EXPECT_TRUE(file) << file.error().message;
  made.file = std::move(*file);
  auto played = compose_animation(made.file, 1'000'000);
  EXPECT_TRUE(played) << played.error().message;
  made.played = std::move(*played);
  return made;
}

struct Geometry {
  std::uint32_t width;
  std::uint32_t height;
  std::uint32_t x;
  std::uint32_t y;
  bool operator==(const Geometry&) const = default;
};

std::uint32_t number_at(const Bytes& data, std::size_t at) {
  return std::uint32_t{data[at]} << 24 | std::uint32_t{data[at + 1]} << 16 |
         std::uint32_t{data[at + 2]} << 8 | data[at + 3];
}

std::vector<Geometry> stored_frames(ByteView file) {
  std::vector<Geometry> frames;
  for (const FileChunk& chunk : list_chunks(file))
    if (chunk.type == "fcTL")
      frames.push_back({number_at(chunk.data, 4), number_at(chunk.data, 8), number_at(chunk.data, 12),
                        number_at(chunk.data, 16)});
  return frames;
}

class FrameSplitTest : public ::testing::TestWithParam<int> {
protected:
  static OptimizeOptions options() { return {.effort = GetParam()}; }
};

TEST_P(FrameSplitTest, StoresTheChangedPartsAndShowsTheWholePictures) {
  const PixelBuffer pixels = stack({gradient, with_square(gradient, 3, 2, {255, 0, 0, 255}),
                                    with_square(gradient, 10, 6, {0, 0, 255, 255})});
  const MadeAnimation made = make(pixels, {{50, 120, 70}, 3}, options());
  EXPECT_EQ(made.played.pixels.data, pixels.data);
  EXPECT_EQ(made.played.delays_ms, (std::vector<int>{50, 120, 70}));
  EXPECT_EQ(made.played.plays, 3u);
  const std::vector<Geometry> expected = {{k_width, k_height, 0, 0}, {4, 4, 3, 2}, {11, 8, 3, 2}};
  EXPECT_EQ(stored_frames(made.file), expected);
}

TEST_P(FrameSplitTest, ShowsPixelsThatBecomeTransparentOrTranslucent) {
  const PixelBuffer pixels = stack({gradient, with_square(gradient, 0, 0, {0, 0, 0, 0}),
                                    with_square(gradient, 2, 2, {9, 8, 7, 128}), gradient});
  EXPECT_EQ(make(pixels, {{100, 100, 100, 100}, 0}, options()).played.pixels.data, pixels.data);
}

TEST_P(FrameSplitTest, KeepsColourUnderTransparencyWhereItCounts) {
  const PixelBuffer pixels =
      stack({gradient, with_square(gradient, 1, 1, {1, 2, 3, 0}), with_square(gradient, 1, 1, {4, 5, 6, 0})});
  OptimizeOptions keeping = options();
  keeping.transparent_color = TransparentColor::keep;
  EXPECT_EQ(make(pixels, {{100, 100, 100}, 0}, keeping).played.pixels.data, pixels.data);
  keeping.transparent_color = TransparentColor::rewrite;
  // Then the last two look the same.
  EXPECT_EQ(make(pixels, {{100, 100, 100}, 0}, keeping).played.delays_ms, (std::vector<int>{100, 200}));
}

TEST_P(FrameSplitTest, KeepsSixteenBits) {
  const Paint deep = [](std::uint32_t x, std::uint32_t y) {
    return Pixel{static_cast<std::uint16_t>(x * 1001), static_cast<std::uint16_t>(y * 999), 12345, 65535};
  };
  const PixelBuffer pixels = stack({deep, with_square(deep, 5, 5, {1, 2, 3, 65535})}, 16);
  const MadeAnimation made = make(pixels, {{100, 100}, 0}, options());
  EXPECT_EQ(made.played.pixels.bits, 16);
  EXPECT_EQ(made.played.pixels.data, pixels.data);
}

TEST_P(FrameSplitTest, JoinsEqualNeighboursAndMakesAStillOfEqualFrames) {
  const Paint other = with_square(gradient, 0, 0, {0, 0, 0, 255});
  const PixelBuffer pixels = stack({gradient, gradient, other, other, gradient});
  EXPECT_EQ(make(pixels, {{10, 20, 30, 40, 50}, 0}, options()).played.delays_ms,
            (std::vector<int>{30, 70, 50}));
  const auto still = encode_animated_png(stack({gradient, gradient}).view(), {{100, 100}, 0}, {}, options());
  ASSERT_TRUE(still) << still.error().message;
  EXPECT_FALSE(is_animated(*still));
  EXPECT_EQ(decode_png(*still, 1'000'000)->height, k_height);
}

TEST_P(FrameSplitTest, KeepsDelaysBeyondAMinute) {
  const Paint other = with_square(gradient, 0, 0, {0, 0, 0, 255});
  const PixelBuffer pixels = stack({gradient, gradient, other});
  const MadeAnimation made = make(pixels, {{60'000, 60'000, 200'000}, 0}, options());
  EXPECT_EQ(made.played.delays_ms, (std::vector<int>{60'000, 60'000, 200'000}));
}

INSTANTIATE_TEST_SUITE_P(AtEffort, FrameSplitTest, ::testing::Values(0, 2, 5),
                         [](const auto& tested) { return std::to_string(tested.param); });

TEST(FrameSplit, RefusesPixelsThatAreNoFrames) {
  const PixelBuffer pixels = stack({gradient, gradient});
  EXPECT_EQ(encode_animated_png(pixels.view(), {{1, 1, 1}, 0}, {}, {}).error().code,
            ErrorCode::unsupported_image);
  EXPECT_EQ(encode_animated_png(pixels.view(), {}, {}, {}).error().code, ErrorCode::unsupported_image);
}

// Noise of a few opaque colours: a part that mostly stays is smaller without what stays.
TEST(FrameSplit, LeavesOutWhatStaysWhereThatIsSmaller) {
  const Paint noise = [](std::uint32_t x, std::uint32_t y) {
    const std::uint32_t hash = (x * 73856093u ^ y * 19349663u) * 2654435761u;
    return Pixel{static_cast<std::uint16_t>(hash >> 24), static_cast<std::uint16_t>(hash >> 16 & 0xff),
                 static_cast<std::uint16_t>(hash >> 8 & 0xff), 255};
  };
  const Paint corners = with_square(with_square(noise, 0, 0, {0, 0, 0, 255}), 20, 12, {0, 0, 0, 255});
  const PixelBuffer pixels = stack({noise, corners});
  const MadeAnimation made = make(pixels, {{100, 100}, 0});
  EXPECT_EQ(made.played.pixels.data, pixels.data);
  EXPECT_LT(made.file.size(), make(pixels, {{100, 100}, 0}, {.effort = 0}).file.size() * 3 / 4);
}

}  // namespace
}  // namespace imgopt::png::test
