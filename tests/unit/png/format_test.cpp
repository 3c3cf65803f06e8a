// The colour type and depth that optimize_png finds for pixels that do not need the one they came in.
#include <gtest/gtest.h>

#include "tests/unit/png/png_fixture.hpp"

namespace imgopt::png::test {
namespace {

struct Reduction {
  const char* name;
  ColorType from_type;
  int from_depth;
  std::function<Pixel(std::uint32_t, std::uint32_t)> pixel;
  ColorType to_type;
  int to_depth;
  TransparentColor hidden = TransparentColor::keep;
};

std::uint16_t noise(std::uint32_t x, std::uint32_t y, std::uint32_t channel = 0) {
  std::uint32_t state = (x * 73856093U) ^ (y * 19349663U) ^ (channel * 83492791U);
  state ^= state >> 13;
  state *= 2246822519U;
  return static_cast<std::uint16_t>((state >> 15) & 0xffU);
}

class ReducesFormat : public testing::TestWithParam<Reduction> {};

TEST_P(ReducesFormat, AndKeepsPixels) {
  const Reduction& reduction = GetParam();
  const Bytes png = write_png(paint(48, 48, reduction.from_type, reduction.from_depth, reduction.pixel));
  for (const int effort : {0, 5}) {
    OptimizeOptions options;
    options.effort = effort;
    options.transparent_color = reduction.hidden;
    const auto result = optimize_png(png, options);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(static_cast<int>(result->info.color_type), static_cast<int>(reduction.to_type));
    EXPECT_EQ(result->info.bit_depth, reduction.to_depth);
    EXPECT_LT(result->data.size(), png.size());
    EXPECT_TRUE(pixels_equal(png, result->data, reduction.hidden).value());
    if (reduction.hidden == TransparentColor::keep) {
      EXPECT_EQ(read_rgba16(png), read_rgba16(result->data));
    }
  }
}

const Reduction k_reductions[] = {
    {"OpaqueAlpha", ColorType::rgb_alpha, 8,
     [](std::uint32_t x, std::uint32_t y) -> Pixel {
       return {noise(x, y, 0), noise(x, y, 1), noise(x, y, 2), 255};
     },
     ColorType::rgb, 8},
    {"GreyInRgb", ColorType::rgb, 8,
     [](std::uint32_t x, std::uint32_t y) -> Pixel {
       return {noise(x, y), noise(x, y), noise(x, y)};
     },
     ColorType::grey, 8},
    {"GreyAndAlphaInRgba", ColorType::rgb_alpha, 8,
     [](std::uint32_t x, std::uint32_t y) -> Pixel {
       return {noise(x, y), noise(x, y), noise(x, y), noise(x, y, 1)};
     },
     ColorType::grey_alpha, 8},
    {"EqualHalvesOf16Bits", ColorType::rgb, 16,
     [](std::uint32_t x, std::uint32_t y) -> Pixel {
       const auto deep = [](std::uint16_t v) { return static_cast<std::uint16_t>(v * 257); };
       return {deep(noise(x, y, 0)), deep(noise(x, y, 1)), deep(noise(x, y, 2))};
     },
     ColorType::rgb, 8},
    {"TwoGreyLevels", ColorType::rgb, 8,
     [](std::uint32_t x, std::uint32_t y) -> Pixel {
       const auto level = static_cast<std::uint16_t>(noise(x, y) < 128 ? 0 : 255);
       return {level, level, level};
     },
     ColorType::grey, 1},
    {"SixteenGreyLevels", ColorType::grey, 8,
     [](std::uint32_t x, std::uint32_t y) -> Pixel {
       return {static_cast<std::uint16_t>(noise(x, y) / 16 * 17)};
     },
     ColorType::grey, 4},
    {"ThreeOddGreyLevels", ColorType::grey, 8,
     [](std::uint32_t x, std::uint32_t y) -> Pixel {
       return {static_cast<std::uint16_t>(noise(x, y) % 3 + 100)};
     },
     ColorType::palette, 2},
    {"FewColors", ColorType::rgb, 8,
     [](std::uint32_t x, std::uint32_t y) -> Pixel {
       return {static_cast<std::uint16_t>(noise(x, y) % 4 * 50), 80,
               static_cast<std::uint16_t>(noise(x, y) % 3)};
     },
     ColorType::palette, 4},
    {"ColorsWithAlpha", ColorType::rgb_alpha, 8,
     [](std::uint32_t x, std::uint32_t y) -> Pixel {
       return {static_cast<std::uint16_t>(noise(x, y) % 8 * 30), 80, 3,
               static_cast<std::uint16_t>(noise(x, y) % 9 * 20)};
     },
     ColorType::palette, 8},
    {"OneTransparentColor", ColorType::rgb_alpha, 8,
     [](std::uint32_t x, std::uint32_t y) -> Pixel {
       if (noise(x, y, 5) < 100) {
         return {1, 2, 3, 0};
       }
       return {noise(x, y, 0), noise(x, y, 1), static_cast<std::uint16_t>(noise(x, y, 2) | 4U), 255};
     },
     ColorType::rgb, 8},
    {"SeveralTransparentColors", ColorType::rgb_alpha, 8,
     [](std::uint32_t x, std::uint32_t y) -> Pixel {
       return {noise(x, y, 0), noise(x, y, 1), noise(x, y, 2),
               static_cast<std::uint16_t>(noise(x, y, 5) < 100 ? 0 : 255)};
     },
     ColorType::rgb_alpha, 8},
    {"HiddenColorsThatMayChange", ColorType::rgb_alpha, 8,
     [](std::uint32_t x, std::uint32_t y) -> Pixel {
       return {noise(x, y, 0), noise(x, y, 1), noise(x, y, 2),
               static_cast<std::uint16_t>(noise(x, y, 5) < 100 ? 0 : 255)};
     },
     ColorType::rgb, 8, TransparentColor::rewrite},
    {"GreyWithUnusedLevel", ColorType::grey_alpha, 8,
     [](std::uint32_t x, std::uint32_t y) -> Pixel {
       const bool hidden = noise(x, y, 5) < 100;
       return {static_cast<std::uint16_t>(hidden ? 0 : noise(x, y) | 1U),
               static_cast<std::uint16_t>(hidden ? 0 : 255)};
     },
     ColorType::grey, 8},
};

INSTANTIATE_TEST_SUITE_P(Reductions, ReducesFormat, testing::ValuesIn(k_reductions),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(OptimizePng, TrimsPaletteToUsedEntriesAndPutsTransparentOnesFirst) {
  Picture picture = paint(32, 32, ColorType::palette, 8, [](std::uint32_t x, std::uint32_t y) -> Pixel {
    return {static_cast<std::uint16_t>(100 + (x * y) % 5)};
  });
  for (unsigned i = 0; i < 256; ++i) {
    picture.palette.push_back({static_cast<std::uint8_t>(i), 0, static_cast<std::uint8_t>(255 - i)});
    picture.palette_alpha.push_back(static_cast<std::uint8_t>(i == 104 ? 40 : 255));
  }
  const Bytes png = write_png(picture);
  const auto result = optimize_png(png, {});
  ASSERT_TRUE(result);
  EXPECT_EQ(read_rgba16(png), read_rgba16(result->data));
  for (const FileChunk& chunk : list_chunks(result->data)) {
    if (chunk.type == "PLTE") {
      EXPECT_EQ(chunk.data.size(), 15U);
    }
    if (chunk.type == "tRNS") {
      EXPECT_EQ(chunk.data, Bytes{40});
    }
  }
  EXPECT_EQ(result->info.bit_depth, 4);
}

TEST(OptimizePng, KeepsColorModelOfIccProfile) {
  const Bytes grey_in_rgb =
      write_png(paint(16, 16, ColorType::rgb, 8, [](std::uint32_t x, std::uint32_t y) -> Pixel {
        return {noise(x, y), noise(x, y), noise(x, y)};
      }));
  const Bytes with_profile = insert_chunk(grey_in_rgb, "IDAT", {"iCCP", to_bytes(std::string("x\0\0", 3))});
  const auto result = optimize_png(with_profile, {});
  ASSERT_TRUE(result);
  EXPECT_TRUE(has_chunk(result->data, "iCCP"));
  EXPECT_TRUE(result->info.color_type == ColorType::rgb || result->info.color_type == ColorType::palette);
}

}  // namespace
}  // namespace imgopt::png::test
