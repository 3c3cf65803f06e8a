// A PNG file taken apart and checked for order: header, palette, image data, animation, the other chunks.
//
// Spans point into the file, which must outlive everything here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "worker/png/chunks.hpp"
#include "worker/png/png_optimizer.hpp"

namespace imgopt::png {

// The fields of IHDR, checked to be a combination that the specification allows.
struct Header {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  int bit_depth = 8;
  ColorType color_type = ColorType::rgb;
  bool interlaced = false;
};

// Samples per pixel in the file (1 for a palette).
[[nodiscard]] int channel_count(ColorType type);

[[nodiscard]] constexpr bool has_alpha_channel(ColorType type) {
  return type == ColorType::grey_alpha || type == ColorType::rgb_alpha;
}

// Bytes of one packed row of `width` pixels, without the filter byte.
[[nodiscard]] std::uint64_t packed_row_bytes(std::uint32_t width, ColorType type, int bit_depth);

using RgbEntry = std::array<std::uint8_t, 3>;

// fcTL without its sequence number.
struct FrameControl {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t x = 0;
  std::uint32_t y = 0;
  std::uint16_t delay_numerator = 0;
  std::uint16_t delay_denominator = 0;
  std::uint8_t dispose = 0;
  std::uint8_t blend = 0;
  static constexpr std::uint8_t k_blend_over = 1;

  friend bool operator==(const FrameControl&, const FrameControl&) = default;
};

// One image of the file: the default image (IDAT) or a later animation frame (fdAT).
struct FrameData {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::optional<FrameControl> control;  // absent: a default image that is not part of the animation
  std::vector<ByteView> compressed;     // parts of one zlib stream
};

// Where a kept ancillary chunk stands; the order inside each place is that of the file.
enum class Place : std::uint8_t { before_palette, before_image, after_image };

struct AncillaryChunk {
  ChunkType type = 0;
  Place place = Place::before_image;
  ByteView data;
};

struct File {
  Header header;
  std::vector<RgbEntry> palette;
  ByteView transparency;                  // tRNS
  std::vector<FrameData> frames;          // the first is the default image
  std::optional<std::uint32_t> plays;     // of acTL; absent: no animation
  std::vector<AncillaryChunk> ancillary;  // all but tRNS, acTL, fcTL and fdAT
  ByteView trailing;                      // after IEND
};

// Errors: corrupt_image, unsupported_image, limit_exceeded.
[[nodiscard]] Result<File> read_file(ByteView png, std::uint64_t max_pixels);

[[nodiscard]] Result<Header> parse_header(const Chunk& chunk);

// Chunks whose loss or damage would change how the image is shown.
[[nodiscard]] bool affects_rendering(ChunkType type);

}  // namespace imgopt::png
