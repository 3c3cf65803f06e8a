// Damaged and malicious files: an error, never a crash, a hang or wrong pixels.
#include <gtest/gtest.h>
#include <zlib.h>

#include "tests/unit/png/png_fixture.hpp"

namespace imgopt::png::test {
namespace {

constexpr std::uint64_t k_sample_limit = 1U << 20;

Bytes deflate(const Bytes& data) {
  uLongf size = compressBound(data.size());
  Bytes out(size);
  compress2(out.data(), &size, data.data(), data.size(), 9);
  out.resize(size);
  return out;
}

Bytes with_image_data(ByteView png, const Bytes& data) {
  std::vector<FileChunk> chunks = list_chunks(png);
  for (FileChunk& chunk : chunks) {
    if (chunk.type == "IDAT") {
      chunk.data = data;
    }
  }
  return join_chunks(chunks);
}

TEST(HostilePng, TruncationAtEveryLengthIsAnError) {
  const Bytes png = write_png(photograph(9, 9, ColorType::rgb));
  for (std::size_t size = 0; size < png.size(); ++size) {
    const auto result = decode_png(ByteView(png).first(size), k_sample_limit);
    ASSERT_FALSE(result) << size;
    EXPECT_EQ(result.error().code, ErrorCode::corrupt_image);
  }
}

TEST(HostilePng, ChunksThatEndBeyondTheFileAreAnError) {
  const Bytes png = write_png(photograph(9, 9, ColorType::rgb));
  ASSERT_TRUE(check_chunks(png));
  for (std::size_t size = 0; size < png.size(); ++size) {
    const auto result = check_chunks(ByteView(png).first(size));
    ASSERT_FALSE(result) << size;
    EXPECT_EQ(result.error().code, ErrorCode::corrupt_image);
  }
}

TEST(HostilePng, DataBehindTheLastChunkIsNoDamage) {
  Bytes png = write_png(photograph(9, 9, ColorType::rgb));
  png.insert(png.end(), {0xff, 0xff, 0xff, 0xff, 'x'});
  EXPECT_TRUE(check_chunks(png));
}

TEST(HostilePng, EveryFlippedByteIsAnErrorOrHarmless) {
  const Bytes png = write_png(photograph(9, 9, ColorType::rgb_alpha));
  OptimizeOptions options;
  options.effort = 0;
  for (std::size_t i = 0; i < png.size(); ++i) {
    Bytes damaged = png;
    damaged[i] ^= 0x55U;
    const auto result = optimize_png(damaged, options);
    if (result) {
      EXPECT_TRUE(pixels_equal(png, result->data, TransparentColor::keep).value()) << i;
    }
  }
}

// Bytes change but checksums are right, so that everything behind them is reached.
TEST(HostilePng, DamageBehindValidChecksumsDoesNotCrash) {
  Picture picture = photograph(9, 9, ColorType::palette, 4);
  for (unsigned i = 0; i < 16; ++i) {
    picture.palette.push_back({static_cast<std::uint8_t>(i), 0, 0});
  }
  picture.palette_alpha = {1, 2, 3};
  picture.interlaced = true;
  const std::vector<FileChunk> good = list_chunks(write_png(picture));
  OptimizeOptions options;
  options.effort = 1;
  options.max_pixels = 4096;
  for (std::size_t chunk = 0; chunk < good.size(); ++chunk) {
    for (std::size_t i = 0; i < good[chunk].data.size(); ++i) {
      for (const unsigned flip : {0x01U, 0x80U, 0xffU}) {
        std::vector<FileChunk> damaged = good;
        damaged[chunk].data[i] = static_cast<std::uint8_t>(damaged[chunk].data[i] ^ flip);
        const Bytes png = join_chunks(damaged);
        const auto result = optimize_png(png, options);
        if (result) {
          EXPECT_TRUE(pixels_equal(png, result->data, TransparentColor::keep, 4096).value());
        }
      }
    }
  }
}

TEST(HostilePng, TooManyPixelsAreRefusedBeforeDecoding) {
  const Bytes png = write_png(photograph(9, 9, ColorType::rgb));
  const auto result = decode_png(png, 80);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::limit_exceeded);
}

TEST(HostilePng, LargeDimensionsWithLittleDataAllocateNothing) {
  std::vector<FileChunk> chunks = list_chunks(write_png(photograph(9, 9, ColorType::rgb)));
  Bytes& header = chunks.front().data;
  header[0] = header[4] = 0x7f;  // 2^31 - 2^24 each
  const auto result = decode_png(join_chunks(chunks), UINT64_MAX);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::corrupt_image);
}

TEST(HostilePng, SurplusAndMissingImageDataAreErrors) {
  const Bytes png = write_png(photograph(4, 4, ColorType::grey));
  for (const std::size_t size : {std::size_t{19}, std::size_t{21}, std::size_t{1} << 20}) {
    EXPECT_FALSE(decode_png(with_image_data(png, deflate(Bytes(size))), k_sample_limit)) << size;
  }
  EXPECT_TRUE(decode_png(with_image_data(png, deflate(Bytes(20))), k_sample_limit));
}

TEST(HostilePng, UnknownFilterIsAnError) {
  const Bytes png = write_png(photograph(4, 4, ColorType::grey));
  Bytes rows(20);
  rows[5] = 5;
  EXPECT_FALSE(decode_png(with_image_data(png, deflate(rows)), k_sample_limit));
}

TEST(HostilePng, PaletteIndexOutOfRangeIsAnError) {
  Picture picture = paint(4, 4, ColorType::palette, 8, [](std::uint32_t x, std::uint32_t) -> Pixel {
    return {static_cast<std::uint16_t>(x)};
  });
  picture.palette = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}, {10, 11, 12}};
  std::vector<FileChunk> chunks = list_chunks(write_png(picture));
  EXPECT_TRUE(decode_png(join_chunks(chunks), k_sample_limit));
  for (FileChunk& chunk : chunks) {
    if (chunk.type == "PLTE") {
      chunk.data.resize(9);
    }
  }
  EXPECT_FALSE(decode_png(join_chunks(chunks), k_sample_limit));
}

TEST(HostilePng, UnknownCriticalChunkIsUnsupported) {
  const Bytes png = insert_chunk(write_png(photograph(4, 4, ColorType::grey)), "IDAT", {"ABCD", {}});
  const auto result = optimize_png(png, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::unsupported_image);
}

TEST(HostilePng, InterruptedImageDataIsAnError) {
  std::vector<FileChunk> chunks = list_chunks(write_png(photograph(9, 9, ColorType::grey)));
  const FileChunk end = chunks.back();
  chunks.back() = {"tEXt", to_bytes("x")};
  chunks.push_back({"IDAT", {}});
  chunks.push_back(end);
  EXPECT_FALSE(decode_png(join_chunks(chunks), k_sample_limit));
}

TEST(HostilePng, CompressedMetadataIsCopiedWithoutBeingInflated) {
  // A zTXt and an iCCP that would give 16 MB; both pass through byte by byte.
  const Bytes bomb = deflate(Bytes(std::size_t{1} << 24));
  Bytes profile = to_bytes(std::string("x\0\0", 3));
  profile.insert(profile.end(), bomb.begin(), bomb.end());
  const Bytes png = insert_chunk(write_png(photograph(16, 16, ColorType::rgb)), "IDAT", {"iCCP", profile});
  const auto result = optimize_png(png, {});
  ASSERT_TRUE(result);
  for (const FileChunk& chunk : list_chunks(result->data)) {
    if (chunk.type == "iCCP") {
      EXPECT_EQ(chunk.data, profile);
    }
  }
}

}  // namespace
}  // namespace imgopt::png::test
