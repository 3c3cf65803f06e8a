// Animated PNGs played: what each frame shows, by its dispose and blend operations.
#include "worker/png/composition.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "tests/unit/png/png_fixture.hpp"

namespace imgopt::png::test {
namespace {

constexpr std::uint32_t k_size = 2;
constexpr Pixel k_red = {255, 0, 0, 255};
constexpr Pixel k_green = {0, 255, 0, 255};
constexpr Pixel k_clear = {0, 0, 0, 0};
constexpr Pixel k_half_blue = {0, 0, 255, 128};

enum Dispose : std::uint8_t { none = 0, background = 1, previous = 2 };
enum Blend : std::uint8_t { source = 0, over = 1 };

// One colour, over the whole canvas or, with `corner`, its lower right pixel.
struct Step {
  Pixel colour;
  Dispose dispose = none;
  Blend blend = source;
  bool corner = false;
  std::uint16_t delay = 1;
  std::uint16_t denominator = 10;
};

Bytes animated(const std::vector<Step>& steps, std::uint32_t plays = 0) {
  std::vector<FileChunk> chunks;
  std::uint32_t sequence = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    const std::uint32_t size = step.corner ? 1 : k_size;
    const Picture picture =
        paint(size, size, ColorType::rgb_alpha, 8, [&](auto, auto) { return step.colour; });
    if (i == 0) {
      for (FileChunk& chunk : list_chunks(write_png(picture)))
        if (chunk.type == "IHDR")
          chunks.push_back(std::move(chunk));
      Bytes control;
      append_number(control, static_cast<std::uint32_t>(steps.size()), 4);
      append_number(control, plays, 4);
      chunks.push_back({"acTL", control});
    }
    Bytes control;
    append_number(control, sequence++, 4);
    for (const std::uint32_t number : {size, size, k_size - size, k_size - size})
      append_number(control, number, 4);
    append_number(control, step.delay, 2);
    append_number(control, step.denominator, 2);
    control.push_back(step.dispose);
    control.push_back(step.blend);
    chunks.push_back({"fcTL", control});
    Bytes data = image_data(picture);
    if (i > 0) {
      Bytes number;
      append_number(number, sequence++, 4);
      data.insert(data.begin(), number.begin(), number.end());
    }
    chunks.push_back({i == 0 ? "IDAT" : "fdAT", data});
  }
  chunks.push_back({"IEND", {}});
  return join_chunks(chunks);
}

ComposedAnimation play(const std::vector<Step>& steps, std::uint32_t plays = 0) {
  auto animation = compose_animation(animated(steps, plays), 1'000'000);
  EXPECT_TRUE(animation) << animation.error().message;
  return animation ? std::move(*animation) : ComposedAnimation{};
}

std::array<int, 4> pixel(const ComposedAnimation& animation, std::uint32_t frame, std::uint32_t x,
                         std::uint32_t y) {
  const std::uint8_t* at =
      animation.pixels.data.data() + ((std::size_t{frame} * k_size + y) * k_size + x) * 4;
  return {at[0], at[1], at[2], at[3]};
}

std::array<int, 4> as_shown(const Pixel& colour) {
  return {colour[0], colour[1], colour[2], colour[3]};
}

TEST(Composition, KeepsWhatEarlierFramesLeft) {
  const ComposedAnimation animation = play({{k_red}, {.colour = k_green, .corner = true}});
  EXPECT_EQ(animation.frames, 2u);
  EXPECT_EQ(pixel(animation, 0, 1, 1), as_shown(k_red));
  EXPECT_EQ(pixel(animation, 1, 1, 1), as_shown(k_green));
  EXPECT_EQ(pixel(animation, 1, 0, 0), as_shown(k_red));
}

TEST(Composition, ClearsWhatIsDisposedToTheBackground) {
  const ComposedAnimation animation = play({{k_red},
                                            {.colour = k_green, .dispose = background, .corner = true},
                                            {.colour = k_clear, .blend = over}});
  EXPECT_EQ(pixel(animation, 1, 1, 1), as_shown(k_green));
  EXPECT_EQ(pixel(animation, 2, 1, 1), as_shown(k_clear));
  EXPECT_EQ(pixel(animation, 2, 0, 0), as_shown(k_red));
}

TEST(Composition, GoesBackToWhatWasThereBefore) {
  const ComposedAnimation animation = play({{k_red},
                                            {.colour = k_green, .dispose = previous, .corner = true},
                                            {.colour = k_clear, .blend = over}});
  EXPECT_EQ(pixel(animation, 1, 1, 1), as_shown(k_green));
  EXPECT_EQ(pixel(animation, 2, 1, 1), as_shown(k_red));
}

TEST(Composition, FindsNothingBeforeTheFirstFrame) {
  const ComposedAnimation animation =
      play({{.colour = k_red, .dispose = previous}, {.colour = k_clear, .blend = over}});
  EXPECT_EQ(pixel(animation, 1, 0, 0), as_shown(k_clear));
}

TEST(Composition, BlendsOverAndReplaces) {
  const ComposedAnimation animation =
      play({{k_red}, {.colour = k_half_blue, .blend = over}, {.colour = k_half_blue, .blend = source}});
  EXPECT_EQ(pixel(animation, 1, 0, 0), (std::array<int, 4>{127, 0, 128, 255}));
  EXPECT_EQ(pixel(animation, 2, 0, 0), as_shown(k_half_blue));
}

TEST(Composition, TellsDelaysAndPlays) {
  const ComposedAnimation animation = play(
      {{.colour = k_red, .delay = 3, .denominator = 25}, {.colour = k_green, .delay = 7, .denominator = 0}},
      5);
  EXPECT_EQ(animation.delays_ms, (std::vector<int>{120, 70}));
  EXPECT_EQ(animation.plays, 5u);
}

TEST(Composition, RefusesAStill) {
  const Picture still = paint(2, 2, ColorType::rgb, 8, [](auto, auto) { return k_red; });
  EXPECT_EQ(compose_animation(write_png(still), 100).error().code, ErrorCode::unsupported_image);
}

}  // namespace
}  // namespace imgopt::png::test
