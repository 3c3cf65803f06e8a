// Pixels in the one layout that analysis and comparison work on: RGBA, straight alpha, 8 or 16 bits a sample.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"

namespace imgopt::png {

struct RgbaImage {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  int bits = 8;  // 8 or 16 (machine order)
  Bytes data;    // width * height * 4 * bits / 8 bytes

  [[nodiscard]] std::size_t pixel_count() const { return std::size_t{width} * height; }
};

// The samples of an image whose `bits` are those of Sample (std::uint8_t or std::uint16_t).
template <typename Sample>
[[nodiscard]] std::span<const Sample> samples(const RgbaImage& image) {
  return {reinterpret_cast<const Sample*>(image.data.data()), image.data.size() / sizeof(Sample)};
}

template <typename Sample>
[[nodiscard]] std::span<Sample> samples(RgbaImage& image) {
  return {reinterpret_cast<Sample*>(image.data.data()), image.data.size() / sizeof(Sample)};
}

}  // namespace imgopt::png
