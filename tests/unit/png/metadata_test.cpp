// Which chunks survive under which policy, and what becomes of those that speak of the stored format.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/png/png_fixture.hpp"

namespace imgopt::png::test {
namespace {

Bytes text_chunk(const std::string& keyword, const std::string& text) {
  Bytes data = to_bytes(keyword);
  data.push_back(0);
  data.insert(data.end(), text.begin(), text.end());
  return data;
}

Bytes density(std::uint32_t x, std::uint32_t y) {
  Bytes data;
  append_number(data, x, 4);
  append_number(data, y, 4);
  data.push_back(1);
  return data;
}

// Little-endian TIFF with a make tag of no interest and an orientation.
Bytes exif(std::uint8_t orientation) {
  return {'I', 'I', 42, 0,    8,    0, 0, 0, 2, 0, 0x0f, 0x01,        2, 0, 4, 0, 0, 0, 'a',
          'b', 'c', 0,  0x12, 0x01, 3, 0, 1, 0, 0, 0,    orientation, 0, 0, 0, 0, 0, 0, 0};
}

std::vector<std::string> ancillary_types(ByteView png) {
  std::vector<std::string> types;
  for (const FileChunk& chunk : list_chunks(png)) {
    if ((chunk.type[0] & 0x20) != 0) {
      types.push_back(chunk.type);
    }
  }
  return types;
}

Bytes optimize(ByteView png, AncillaryPolicy policy) {
  OptimizeOptions options;
  options.ancillary = policy;
  options.effort = 2;
  const auto result = optimize_png(png, options);
  EXPECT_TRUE(result) << result.error().message;
  return result ? result->data : Bytes{};
}

// A photograph with a chunk of every sort.
Bytes adorned() {
  Bytes png = write_png(photograph(32, 32, ColorType::rgb));
  Bytes gamma;
  append_number(gamma, 100000, 4);
  png = insert_chunk(png, "IDAT", {"gAMA", gamma});
  png = insert_chunk(png, "IDAT", {"pHYs", density(2835, 2835)});
  png = insert_chunk(png, "IDAT", {"eXIf", exif(1)});
  png = insert_chunk(png, "IDAT", {"tEXt", text_chunk("Comment", "drawn by hand")});
  png = insert_chunk(png, "IDAT", {"tEXt", text_chunk("Author", "A. Painter")});
  png = insert_chunk(png, "IEND",
                     {"iTXt", text_chunk("Copyright", std::string("\0\0\0\0", 4) + "2020 \xc3\xa9")});
  png = insert_chunk(png, "IEND", {"tIME", {7, 228, 1, 1, 0, 0, 0}});
  png = insert_chunk(png, "IEND", {"abCd", {1, 2, 3}});  // unknown, unsafe to copy
  png = insert_chunk(png, "IEND", {"abCe", {1, 2, 3}});  // unknown, unsafe to copy as well
  png = insert_chunk(png, "IEND", {"abcd", {4, 5, 6}});  // unknown, reserved bit set, safe to copy
  return png;
}

TEST(Metadata, RenderingOnlyKeepsGammaAlone) {
  EXPECT_THAT(ancillary_types(optimize(adorned(), AncillaryPolicy::rendering_only)),
              testing::ElementsAre("gAMA"));
}

TEST(Metadata, CopyrightKeepsAuthorAndCopyrightTexts) {
  EXPECT_THAT(ancillary_types(optimize(adorned(), AncillaryPolicy::copyright)),
              testing::ElementsAre("gAMA", "tEXt", "iTXt"));
}

TEST(Metadata, AllKeepsEverythingThatIsSafeToCopy) {
  EXPECT_THAT(
      ancillary_types(optimize(adorned(), AncillaryPolicy::all)),
      testing::ElementsAre("gAMA", "pHYs", "eXIf", "tEXt", "tEXt", "iTXt", "tIME", "abCd", "abCe", "abcd"));
}

TEST(Metadata, AllDropsWhatIsUnsafeToCopyFromRecompressedImage) {
  const Bytes png = insert_chunk(write_png(photograph(32, 32, ColorType::rgb)), "IDAT", {"iDOT", {1, 2, 3}});
  EXPECT_FALSE(has_chunk(optimize(png, AncillaryPolicy::all), "iDOT"));
}

TEST(Metadata, DensityStaysWherePixelsAreNotSquare) {
  const Bytes png =
      insert_chunk(write_png(photograph(16, 16, ColorType::rgb)), "IDAT", {"pHYs", density(2, 1)});
  EXPECT_TRUE(has_chunk(optimize(png, AncillaryPolicy::rendering_only), "pHYs"));
}

TEST(Metadata, OrientationStaysAsTheOnlyExif) {
  const Bytes png = insert_chunk(write_png(photograph(16, 16, ColorType::rgb)), "IDAT", {"eXIf", exif(6)});
  const Bytes result = optimize(png, AncillaryPolicy::rendering_only);
  ASSERT_TRUE(has_chunk(result, "eXIf"));
  for (const FileChunk& chunk : list_chunks(result)) {
    if (chunk.type == "eXIf") {
      EXPECT_EQ(chunk.data.size(), 26U);
      EXPECT_EQ(chunk.data[19], 6);
    }
  }
}

TEST(Metadata, TrailingDataIsKeptOrNamed) {
  Bytes png = write_png(photograph(16, 16, ColorType::rgb));
  const Bytes trailer = to_bytes("appended archive");
  png.insert(png.end(), trailer.begin(), trailer.end());
  const auto dropped = optimize_png(png, {});
  ASSERT_TRUE(dropped);
  EXPECT_EQ(dropped->dropped_trailing_bytes, trailer.size());
  OptimizeOptions options;
  options.ancillary = AncillaryPolicy::all;
  const auto kept = optimize_png(png, options);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->dropped_trailing_bytes, 0U);
  EXPECT_EQ(Bytes(kept->data.end() - static_cast<std::ptrdiff_t>(trailer.size()), kept->data.end()), trailer);
}

TEST(Metadata, BackgroundIsTranslatedIntoTheNewFormat) {
  Bytes background;
  for (int i = 0; i < 3; ++i) {
    append_number(background, 51, 2);
  }
  const Bytes grey_in_rgb =
      write_png(paint(32, 32, ColorType::rgb, 8, [](std::uint32_t x, std::uint32_t y) -> Pixel {
        const auto level = static_cast<std::uint16_t>((x * 11 + y * 17 + x * y) & 0xffU);
        return {level, level, level};
      }));
  const Bytes result =
      optimize(insert_chunk(grey_in_rgb, "IDAT", {"bKGD", background}), AncillaryPolicy::all);
  ASSERT_EQ(read_info(result)->color_type, ColorType::grey);
  bool found = false;
  for (const FileChunk& chunk : list_chunks(result)) {
    if (chunk.type == "bKGD") {
      EXPECT_EQ(chunk.data, (Bytes{0, 51}));
      found = true;
    }
  }
  EXPECT_TRUE(found);
}

struct ColourChunks {
  std::vector<std::uint32_t> gamma;
  std::vector<std::uint32_t> primaries;
  bool srgb = false;
  std::size_t left = 0;  // of them
};

TEST(Metadata, WhatMerelySaysSrgbIsDropped) {
  const std::vector<std::uint32_t> rec709 = {31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000};
  // As some writers round them.
  const std::vector<std::uint32_t> cut = {31269, 32899, 63999, 33001, 30000, 60000, 15000, 5999};
  const std::vector<std::uint32_t> other_white = {31270, 32903, 64000, 33000, 30000, 60000, 15000, 6000};
  const std::vector<std::uint32_t> wide = {31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000};
  for (const ColourChunks& given :
       {ColourChunks{{45455}, {}, false, 0}, ColourChunks{{45455}, rec709, false, 0},
        ColourChunks{{}, rec709, false, 0}, ColourChunks{{}, {}, true, 0},
        ColourChunks{{100000}, wide, true, 0}, ColourChunks{{100000}, {}, false, 1},
        ColourChunks{{45455}, wide, false, 2}, ColourChunks{{50000}, rec709, false, 2},
        ColourChunks{{45454}, cut, false, 0}, ColourChunks{{45455}, other_white, false, 2},
        ColourChunks{{45458}, {}, false, 1}}) {
    Bytes png = write_png(photograph(16, 16, ColorType::rgb));
    const auto insert = [&](const char* type, const std::vector<std::uint32_t>& numbers) {
      Bytes data;
      for (const std::uint32_t number : numbers)
        append_number(data, number, 4);
      if (!numbers.empty())
        png = insert_chunk(png, "IDAT", {type, data});
    };
    insert("gAMA", given.gamma);
    insert("cHRM", given.primaries);
    if (given.srgb)
      png = insert_chunk(png, "IDAT", {"sRGB", {0}});
    EXPECT_EQ(ancillary_types(optimize(png, AncillaryPolicy::rendering_only)).size(), given.left);
    EXPECT_EQ(ancillary_types(optimize(png, AncillaryPolicy::all)), ancillary_types(png));
  }
}

TEST(Metadata, DamagedTextIsDroppedAndDamagedGammaRefused) {
  Bytes gamma;
  append_number(gamma, 45455, 4);
  for (const auto& [type, data, accepted] :
       {std::tuple{"tEXt", text_chunk("Author", "me"), true}, std::tuple{"gAMA", gamma, false}}) {
    Bytes png = insert_chunk(write_png(photograph(16, 16, ColorType::rgb)), "IDAT", {type, data});
    // The inserted chunk begins after signature and IHDR.
    png[8 + 25 + 8] ^= 1U;
    const auto result = optimize_png(png, {});
    EXPECT_EQ(result.has_value(), accepted) << type;
  }
}

TEST(EncodePng, WritesMetadata) {
  const Bytes samples(64);
  EncodeMetadata metadata;
  metadata.srgb_intent = 0;
  metadata.gamma = 45455;
  metadata.density = PixelDensity{3780, 3780, true};
  metadata.texts = {{"Author", "me"}, {"Copyright", "\xc2\xa9 me"}};
  metadata.exif = exif(1);
  const auto png = encode_png(PixelView{8, 8, 1, 8, samples}, metadata, {});
  ASSERT_TRUE(png);
  EXPECT_THAT(ancillary_types(*png), testing::ElementsAre("gAMA", "sRGB", "pHYs", "eXIf", "tEXt", "iTXt"));
  EXPECT_FALSE(read_rgba16(*png).empty());
}

TEST(EncodePng, ProfileKeepsColorModelAndReplacesSrgb) {
  const Bytes samples(8 * 8 * 3, 7);  // grey, but with a profile for colour
  EncodeMetadata metadata;
  metadata.srgb_intent = 0;
  metadata.icc_profile = to_bytes("not really a profile");
  const auto png = encode_png(PixelView{8, 8, 3, 8, samples}, metadata, {});
  ASSERT_TRUE(png);
  EXPECT_THAT(ancillary_types(*png), testing::ElementsAre("iCCP"));
  EXPECT_NE(read_info(*png)->color_type, ColorType::grey);
}

TEST(EncodePng, RefusesTextWithEmptyKeyword) {
  const Bytes samples(64);
  EncodeMetadata metadata;
  metadata.texts = {{"", "text"}};
  EXPECT_FALSE(encode_png(PixelView{8, 8, 1, 8, samples}, metadata, {}));
}

}  // namespace
}  // namespace imgopt::png::test
