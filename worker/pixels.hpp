// Decoded pixels in memory, as the codecs and metrics written here take and give them.
//
// Rows are top to bottom without padding, channels interleaved: 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha.
// Alpha is straight, never premultiplied. Samples have 8 bits (std::uint8_t) or 16 bits (std::uint16_t in the
// machine's byte order), as `bits` says. Colour is sRGB unless a function says otherwise.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace imgopt {

struct PixelView {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  int channels = 0;  // 1..4
  int bits = 8;      // 8 or 16
  ByteView data;     // width * height * channels * bits / 8 bytes

  [[nodiscard]] bool has_alpha() const { return channels == 2 || channels == 4; }
  [[nodiscard]] std::size_t sample_bytes() const { return static_cast<std::size_t>(bits) / 8; }
  [[nodiscard]] std::size_t row_bytes() const {
    return std::size_t{width} * static_cast<std::size_t>(channels) * sample_bytes();
  }
  [[nodiscard]] std::size_t byte_count() const { return row_bytes() * height; }
  // Whether `data` holds exactly the samples that the other members describe.
  [[nodiscard]] bool is_consistent() const {
    return width > 0 && height > 0 && channels >= 1 && channels <= 4 && (bits == 8 || bits == 16) &&
           data.size() == byte_count();
  }
};

// Pixels that own their samples.
struct PixelBuffer {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  int channels = 0;
  int bits = 8;
  Bytes data;

  [[nodiscard]] PixelView view() const { return {width, height, channels, bits, data}; }
};

}  // namespace imgopt
