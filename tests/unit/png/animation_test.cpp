// Animations: frames, geometry and timing stay; reductions hold for all frames; broken ones are refused.
#include <gtest/gtest.h>

#include "tests/unit/png/png_fixture.hpp"

namespace imgopt::png::test {
namespace {

struct Frame {
  Picture picture;
  std::uint32_t x = 0;
  std::uint32_t y = 0;
};

Bytes frame_control(std::uint32_t sequence, const Frame& frame, std::uint32_t number) {
  Bytes data;
  append_number(data, sequence, 4);
  append_number(data, frame.picture.width, 4);
  append_number(data, frame.picture.height, 4);
  append_number(data, frame.x, 4);
  append_number(data, frame.y, 4);
  append_number(data, 10 + number, 2);
  append_number(data, 100, 2);
  data.push_back(static_cast<std::uint8_t>(number % 3));
  data.push_back(static_cast<std::uint8_t>(number % 2));
  return data;
}

enum class DefaultImage { in_animation, beside_animation };

std::vector<FileChunk> animate(const std::vector<Frame>& frames, DefaultImage role) {
  std::vector<FileChunk> chunks;
  for (FileChunk& chunk : list_chunks(write_png(frames.front().picture))) {
    if (chunk.type != "IDAT" && chunk.type != "IEND") {
      chunks.push_back(std::move(chunk));
    }
  }
  Bytes control;
  append_number(control,
                static_cast<std::uint32_t>(frames.size()) - (role == DefaultImage::in_animation ? 0 : 1), 4);
  append_number(control, 3, 4);
  chunks.push_back({"acTL", control});
  std::uint32_t sequence = 0;
  for (std::uint32_t i = 0; i < frames.size(); ++i) {
    if (i > 0 || role == DefaultImage::in_animation) {
      chunks.push_back({"fcTL", frame_control(sequence++, frames[i], i)});
    }
    Bytes data = image_data(frames[i].picture);
    if (i > 0) {
      Bytes number;
      append_number(number, sequence++, 4);
      data.insert(data.begin(), number.begin(), number.end());
    }
    chunks.push_back({i == 0 ? "IDAT" : "fdAT", data});
  }
  chunks.push_back({"IEND", {}});
  return chunks;
}

std::vector<Frame> frames_of(ColorType type, std::uint16_t channel_mask) {
  std::vector<Frame> frames;
  for (std::uint32_t i = 0; i < 4; ++i) {
    const std::uint32_t size = i == 0 ? 40 : 20 + i;
    Frame frame{
        paint(size, size, type, 8,
              [&](std::uint32_t x, std::uint32_t y) -> Pixel {
                const auto level = static_cast<std::uint16_t>((x * (i + 3) + y * y) & 0xffU);
                return {level, static_cast<std::uint16_t>(level ^ (i == 3 ? channel_mask : 0U)), level, 255};
              }),
        i, i};
    frames.push_back(std::move(frame));
  }
  frames.front().x = frames.front().y = 0;
  return frames;
}

class Animations : public testing::TestWithParam<DefaultImage> {};

TEST_P(Animations, KeepFramesAndTiming) {
  const Bytes png = join_chunks(animate(frames_of(ColorType::rgb, 0x10), GetParam()));
  ASSERT_TRUE(is_animated(png));
  const auto result = optimize_png(png, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_LT(result->data.size(), png.size());
  EXPECT_TRUE(is_animated(result->data));
  EXPECT_TRUE(pixels_equal(png, result->data, TransparentColor::keep).value());
  EXPECT_EQ(read_rgba16(png), read_rgba16(result->data));
  std::vector<Bytes> before;
  std::vector<Bytes> after;
  for (const FileChunk& chunk : list_chunks(png)) {
    if (chunk.type == "fcTL" || chunk.type == "acTL") {
      before.push_back(chunk.data);
    }
  }
  for (const FileChunk& chunk : list_chunks(result->data)) {
    if (chunk.type == "fcTL" || chunk.type == "acTL") {
      after.push_back(chunk.data);
    }
  }
  EXPECT_EQ(before, after);
}

INSTANTIATE_TEST_SUITE_P(Roles, Animations,
                         testing::Values(DefaultImage::in_animation, DefaultImage::beside_animation));

TEST(Animation, BecomesGreyOnlyWhenAllFramesAre) {
  const auto optimized_type = [](std::uint16_t mask) {
    const Bytes png = join_chunks(animate(frames_of(ColorType::rgb_alpha, mask), DefaultImage::in_animation));
    const auto result = optimize_png(png, {});
    EXPECT_TRUE(pixels_equal(png, result->data, TransparentColor::keep).value());
    return result->info.color_type;
  };
  EXPECT_EQ(optimized_type(0), ColorType::grey);
  const ColorType mixed = optimized_type(0x10);
  EXPECT_TRUE(mixed == ColorType::rgb || mixed == ColorType::palette);
}

TEST(PixelsEqual, SeesDifferenceInLaterFrameAndInTiming) {
  std::vector<Frame> frames = frames_of(ColorType::rgb, 0);
  const Bytes a = join_chunks(animate(frames, DefaultImage::in_animation));
  frames[2].picture.samples[7] ^= 1U;
  const Bytes b = join_chunks(animate(frames, DefaultImage::in_animation));
  EXPECT_FALSE(pixels_equal(a, b, TransparentColor::keep).value());
  std::vector<FileChunk> chunks = list_chunks(a);
  for (FileChunk& chunk : chunks) {
    if (chunk.type == "fcTL") {
      chunk.data[21] ^= 1U;
    }
  }
  EXPECT_FALSE(pixels_equal(a, join_chunks(chunks), TransparentColor::keep).value());
}

TEST(Animation, BrokenOnesAreRefused) {
  const std::vector<FileChunk> good = animate(frames_of(ColorType::rgb, 0), DefaultImage::in_animation);
  const auto control_at = [&](std::size_t nth) {
    for (std::size_t i = 0; i < good.size(); ++i) {
      if (good[i].type == "fcTL" && nth-- == 0) {
        return i;
      }
    }
    return good.size();
  };
  std::vector<std::vector<FileChunk>> broken(6, good);
  broken[0][control_at(1)].data[3] ^= 1U;    // sequence
  broken[1][control_at(1)].data[12] = 0x7f;  // far outside the image
  broken[2][control_at(1)].data[24] = 3;     // unknown dispose operation
  broken[3].erase(broken[3].begin() + static_cast<std::ptrdiff_t>(control_at(3)));  // fdAT without fcTL
  broken[4].erase(broken[4].end() - 3, broken[4].end() - 1);  // fewer frames than declared
  broken[5].erase(broken[5].end() - 2);                       // a frame without data
  for (std::size_t i = 0; i < broken.size(); ++i) {
    const auto result = optimize_png(join_chunks(broken[i]), {});
    ASSERT_FALSE(result) << i;
    EXPECT_EQ(result.error().code, ErrorCode::corrupt_image) << i;
  }
}

TEST(Animation, TotalPixelsAreLimited) {
  std::vector<Frame> frames;
  for (std::uint32_t i = 0; i < k_animation_pixel_factor + 1; ++i) {
    frames.push_back({photograph(10, 10, ColorType::grey), 0, 0});
  }
  const Bytes png = join_chunks(animate(frames, DefaultImage::in_animation));
  OptimizeOptions options;
  options.max_pixels = 100;
  const auto result = optimize_png(png, options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::limit_exceeded);
}

}  // namespace
}  // namespace imgopt::png::test
