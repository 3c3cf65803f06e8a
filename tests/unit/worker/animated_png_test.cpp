#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "worker/png/png_optimizer.hpp"
#include "worker/source_image.hpp"
#include "worker_fixture.hpp"

namespace imgopt::test {
namespace {

void append_u32(Bytes& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

// PNG specification, third edition, annex D.
std::uint32_t crc32_of(ByteView bytes) {
  std::uint32_t crc = ~0u;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc & 1) != 0 ? 0xedb88320u ^ (crc >> 1) : crc >> 1;
  }
  return ~crc;
}

void append_chunk(Bytes& out, std::string_view type, const Bytes& content) {
  append_u32(out, static_cast<std::uint32_t>(content.size()));
  const std::size_t start = out.size();
  out.insert(out.end(), type.begin(), type.end());
  out.insert(out.end(), content.begin(), content.end());
  append_u32(out, crc32_of(ByteView(out).subspan(start)));
}

// The IHDR content and the joined IDAT contents of a PNG.
struct Parts {
  Bytes header;
  Bytes data;
};

Parts parts_of(const Bytes& png) {
  Parts parts;
  for (std::size_t at = 8; at + 12 <= png.size();) {
    const std::size_t length = std::size_t{png[at]} << 24 | std::size_t{png[at + 1]} << 16 |
                               std::size_t{png[at + 2]} << 8 | png[at + 3];
    const std::string type(png.begin() + static_cast<std::ptrdiff_t>(at + 4),
                           png.begin() + static_cast<std::ptrdiff_t>(at + 8));
    const auto content = png.begin() + static_cast<std::ptrdiff_t>(at + 8);
    const auto end = content + static_cast<std::ptrdiff_t>(length);
    if (type == "IHDR")
      parts.header.assign(content, end);
    else if (type == "IDAT")
      parts.data.insert(parts.data.end(), content, end);
    at += 12 + length;
  }
  return parts;
}

// Two frames of the same size as an animated PNG (PNG specification, third edition, 11.3.6).
Bytes animated_png(const vips::VImage& first, const vips::VImage& second) {
  const Parts one = parts_of(save(first, ImageFormat::png));
  const Parts two = parts_of(save(second, ImageFormat::png));
  const auto frame_control = [&](std::uint32_t sequence) {
    Bytes content;
    append_u32(content, sequence);
    append_u32(content, static_cast<std::uint32_t>(first.width()));
    append_u32(content, static_cast<std::uint32_t>(first.height()));
    append_u32(content, 0);
    append_u32(content, 0);
    content.insert(content.end(), {0, 1, 0, 10, 0, 0});
    return content;
  };
  Bytes png = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  append_chunk(png, "IHDR", one.header);
  append_chunk(png, "acTL", {0, 0, 0, 2, 0, 0, 0, 0});
  append_chunk(png, "fcTL", frame_control(0));
  append_chunk(png, "IDAT", one.data);
  append_chunk(png, "fcTL", frame_control(1));
  Bytes frame;
  append_u32(frame, 2);
  frame.insert(frame.end(), two.data.begin(), two.data.end());
  append_chunk(png, "fdAT", frame);
  append_chunk(png, "IEND", {});
  return png;
}

class AnimatedPngTest : public WorkerTest {
protected:
  static Bytes source() { return animated_png(photograph(40, 30), photograph(40, 30).invert()); }
};

TEST_F(AnimatedPngTest, StaysAnimatedWhereItStaysPng) {
  for (const Lossless lossless : {Lossless::yes, Lossless::no}) {
    const Outcome outcome = optimize_one(source(), settings_for(ImageFormat::png, lossless));
    ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
    EXPECT_EQ(outcome.slot.frames, 2u);
    EXPECT_FALSE(outcome.has(OutputNote::animation_flattened));
    EXPECT_TRUE(png::is_animated(outcome.data));
    EXPECT_TRUE(png::pixels_equal(source(), outcome.data, png::TransparentColor::keep).value());
  }
}

TEST_F(AnimatedPngTest, StaysAnimatedWhereItIsResized) {
  for (const Lossless lossless : {Lossless::yes, Lossless::no}) {
    const Outcome outcome = optimize_one(source(), at_width(settings_for(ImageFormat::png, lossless), 20));
    ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
    EXPECT_EQ(outcome.slot.notes, 0u);
    EXPECT_EQ(outcome.slot.frames, 2u);
    const auto made = decode_image(outcome.data, ImageFormat::png, Frames::all);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->width(), 20);
    EXPECT_EQ(made->height(), 30);
    EXPECT_EQ(made->get_array_int("delay"), (std::vector<int>{100, 100}));
    EXPECT_EQ(made->get_int("loop"), 0);
  }
}

TEST_F(AnimatedPngTest, IsMadeOfAnimatedGif) {
  OutputSettings settings = settings_for(ImageFormat::gif);
  settings.quality = 100;
  const Outcome gif = optimize_one(source(), settings);
  ASSERT_EQ(gif.status(), SlotStatus::encoded) << message_of(gif.slot);
  const Outcome outcome = optimize_one(gif.data, settings_for(ImageFormat::png, Lossless::yes));
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_EQ(outcome.slot.frames, 2u);
  EXPECT_FALSE(outcome.has(OutputNote::animation_flattened));
  EXPECT_TRUE(png::is_animated(outcome.data));
}

TEST_F(AnimatedPngTest, IsFlattenedAndNamedInAFormatOfStills) {
  const Outcome outcome = optimize_one(source(), settings_for(ImageFormat::jpeg));
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_TRUE(outcome.has(OutputNote::animation_flattened));
  EXPECT_EQ(outcome.slot.frames, 1u);
}

TEST_F(AnimatedPngTest, BecomesAnimatedWebpAndGif) {
  const vips::VImage first = photograph(40, 30);
  for (const Lossless lossless : {Lossless::no, Lossless::yes}) {
    const Outcome outcome = optimize_one(source(), settings_for(ImageFormat::webp, lossless));
    ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
    EXPECT_FALSE(outcome.has(OutputNote::animation_flattened));
    EXPECT_EQ(outcome.slot.frames, 2u);
    const vips::VImage made = load(outcome.data);
    EXPECT_EQ(made.get_array_int("delay"), (std::vector<int>{100, 100}));
    EXPECT_EQ(made.get_int("loop"), 0);
    const vips::VImage shown = made.extract_band(0, vips::VImage::option()->set("n", 3));
    const double most = lossless == Lossless::yes ? 0.0 : 12.0;
    EXPECT_LE(mean_difference(shown.extract_area(0, 0, 40, 30), first), most);
    EXPECT_LE(mean_difference(shown.extract_area(0, 30, 40, 30), first.invert()), most);
  }
  OutputSettings gif = at_width(settings_for(ImageFormat::gif), 20);
  gif.quality = 100;
  EXPECT_EQ(optimize_one(source(), gif).slot.frames, 2u);
}

TEST_F(AnimatedPngTest, CountsItsFramesAgainstTheLimits) {
  SourceLimits limits;
  limits.max_frames = 1;
  EXPECT_EQ(optimize_one(source(), settings_for(ImageFormat::webp), limits).failure(), FailureKind::limit);
  limits = {};
  limits.max_total_pixels = 40 * 30 * 2 - 1;
  EXPECT_EQ(optimize_one(source(), settings_for(ImageFormat::webp), limits).failure(), FailureKind::limit);
}

}  // namespace
}  // namespace imgopt::test
