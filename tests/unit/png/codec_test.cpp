// Our decoder against libpng's, and encode_png against both.
#include <gtest/gtest.h>

#include <cstring>

#include "tests/unit/png/png_fixture.hpp"

namespace imgopt::png::test {
namespace {

constexpr std::uint64_t k_limit = 1U << 24;

// What decode_png gives, as RGBA with 16 bits.
std::vector<std::uint16_t> expand(const PixelBuffer& buffer) {
  std::vector<std::uint16_t> out;
  const auto channels = static_cast<std::size_t>(buffer.channels);
  const auto sample = [&](std::size_t i) -> std::uint16_t {
    if (buffer.bits == 8) {
      return static_cast<std::uint16_t>(buffer.data[i] * 257);
    }
    std::uint16_t value = 0;
    std::memcpy(&value, &buffer.data[2 * i], 2);
    return value;
  };
  const std::size_t pixels = std::size_t{buffer.width} * buffer.height;
  for (std::size_t i = 0; i < pixels; ++i) {
    const std::size_t at = i * channels;
    for (std::size_t c = 0; c < 3; ++c) {
      out.push_back(sample(channels <= 2 ? at : at + c));
    }
    out.push_back(channels % 2 == 0 ? sample(at + channels - 1) : std::uint16_t{0xffff});
  }
  return out;
}

struct Kind {
  ColorType type;
  int depth;
  bool interlaced;
  bool transparent;  // a palette with alpha, or a transparent colour
};

class DecodesLikeLibpng : public testing::TestWithParam<Kind> {};

TEST_P(DecodesLikeLibpng, AllPixels) {
  const Kind kind = GetParam();
  // Sizes around the interlacing grid and odd for packed depths.
  for (const auto& [width, height] : {std::pair{1U, 1U}, {3U, 2U}, {5U, 9U}, {33U, 17U}}) {
    Picture picture = photograph(width, height, kind.type, kind.depth);
    picture.interlaced = kind.interlaced;
    if (kind.type == ColorType::palette) {
      for (unsigned i = 0; i < (1U << kind.depth); ++i) {
        picture.palette.push_back({static_cast<std::uint8_t>(i * 7), static_cast<std::uint8_t>(i * 31),
                                   static_cast<std::uint8_t>(255 - i)});
      }
      if (kind.transparent) {
        picture.palette_alpha = {0, 100};
      }
    } else if (kind.transparent) {
      const std::size_t samples = kind.type == ColorType::rgb ? 3 : 1;
      picture.key.assign(picture.samples.begin(),
                         picture.samples.begin() + static_cast<std::ptrdiff_t>(samples));
    }
    const Bytes png = write_png(picture);
    const auto decoded = decode_png(png, k_limit);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(expand(*decoded), read_rgba16(png)) << width << "x" << height;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, DecodesLikeLibpng,
    testing::Values(Kind{ColorType::grey, 1, false, false}, Kind{ColorType::grey, 2, true, false},
                    Kind{ColorType::grey, 4, true, true}, Kind{ColorType::grey, 8, false, true},
                    Kind{ColorType::grey, 16, true, true}, Kind{ColorType::rgb, 8, true, false},
                    Kind{ColorType::rgb, 8, false, true}, Kind{ColorType::rgb, 16, false, true},
                    Kind{ColorType::palette, 1, true, false}, Kind{ColorType::palette, 2, false, true},
                    Kind{ColorType::palette, 4, true, true}, Kind{ColorType::palette, 8, false, true},
                    Kind{ColorType::grey_alpha, 8, true, false},
                    Kind{ColorType::grey_alpha, 16, false, false}, Kind{ColorType::rgb_alpha, 8, true, false},
                    Kind{ColorType::rgb_alpha, 16, true, false}));

class EncodesPixels : public testing::TestWithParam<std::tuple<int, int>> {};

TEST_P(EncodesPixels, ThatDecodeToTheSame) {
  const auto [channels, bits] = GetParam();
  PixelBuffer pixels{19, 13, channels, bits, {}};
  pixels.data.resize(pixels.view().row_bytes() * pixels.height);
  for (std::size_t i = 0; i < pixels.data.size(); ++i) {
    pixels.data[i] = static_cast<std::uint8_t>(i * i / 7);
  }
  for (const int effort : {0, 3, 5, 9}) {
    OptimizeOptions options;
    options.effort = effort;
    const auto png = encode_png(pixels.view(), {}, options);
    ASSERT_TRUE(png) << png.error().message;
    EXPECT_EQ(read_rgba16(*png), expand(pixels)) << "effort " << effort;
  }
}

INSTANTIATE_TEST_SUITE_P(Layouts, EncodesPixels,
                         testing::Combine(testing::Values(1, 2, 3, 4), testing::Values(8, 16)));

TEST(EncodePng, RefusesViewWhoseDataDoesNotFit) {
  const Bytes data(10);
  const auto png = encode_png(PixelView{4, 4, 3, 8, data}, {}, {});
  ASSERT_FALSE(png);
  EXPECT_EQ(png.error().code, ErrorCode::unsupported_image);
}

TEST(EncodePng, RefusesMorePixelsThanAllowed) {
  const Bytes data(16);
  OptimizeOptions options;
  options.max_pixels = 15;
  const auto png = encode_png(PixelView{4, 4, 1, 8, data}, {}, options);
  ASSERT_FALSE(png);
  EXPECT_EQ(png.error().code, ErrorCode::limit_exceeded);
}

TEST(PixelsEqual, SeesOneDifferentSample) {
  Picture picture = photograph(20, 20, ColorType::rgb);
  const Bytes a = write_png(picture);
  picture.samples[500] ^= 1U;
  const Bytes b = write_png(picture);
  EXPECT_TRUE(pixels_equal(a, a, TransparentColor::keep).value());
  EXPECT_FALSE(pixels_equal(a, b, TransparentColor::keep).value());
}

TEST(PixelsEqual, IgnoresHiddenColorOnlyWhenAsked) {
  Picture picture = paint(4, 4, ColorType::rgb_alpha, 8, [](std::uint32_t x, std::uint32_t) -> Pixel {
    return {10, 20, 30, static_cast<std::uint16_t>(x == 0 ? 0 : 255)};
  });
  const Bytes a = write_png(picture);
  picture.samples[0] = 99;
  const Bytes b = write_png(picture);
  EXPECT_FALSE(pixels_equal(a, b, TransparentColor::keep).value());
  EXPECT_TRUE(pixels_equal(a, b, TransparentColor::rewrite).value());
}

TEST(PixelsEqual, Compares8And16BitsByValue) {
  const auto paint_level = [](std::uint16_t scale) {
    return [scale](std::uint32_t x, std::uint32_t y) -> Pixel {
      return {static_cast<std::uint16_t>((x * 16 + y) * scale)};
    };
  };
  const Bytes shallow = write_png(paint(8, 8, ColorType::grey, 8, paint_level(1)));
  const Bytes deep = write_png(paint(8, 8, ColorType::grey, 16, paint_level(257)));
  const Bytes other = write_png(paint(8, 8, ColorType::grey, 16, paint_level(256)));
  EXPECT_TRUE(pixels_equal(shallow, deep, TransparentColor::keep).value());
  EXPECT_FALSE(pixels_equal(shallow, other, TransparentColor::keep).value());
}

TEST(ReadInfo, TellsWhatTheHeaderSays) {
  Picture picture = photograph(7, 5, ColorType::grey_alpha, 16);
  picture.interlaced = true;
  const auto info = read_info(write_png(picture));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->width, 7U);
  EXPECT_EQ(info->height, 5U);
  EXPECT_EQ(info->bit_depth, 16);
  EXPECT_EQ(info->color_type, ColorType::grey_alpha);
  EXPECT_TRUE(info->interlaced);
  EXPECT_FALSE(info->animated);
}

}  // namespace
}  // namespace imgopt::png::test
