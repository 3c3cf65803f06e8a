// How pixels are stored in a PNG: colour type, depth, palette, transparent colour; and rows packed that way.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "worker/png/file.hpp"
#include "worker/png/rgba.hpp"

namespace imgopt::png {

using RgbaEntry = std::array<std::uint8_t, 4>;

struct Format {
  ColorType type = ColorType::rgb;
  int depth = 8;
  std::vector<RgbaEntry> palette;                   // type palette only
  std::optional<std::array<std::uint16_t, 3>> key;  // types grey and rgb: samples of the transparent colour

  friend bool operator==(const Format&, const Format&) = default;
};

// Packed rows, unfiltered.
struct Scanlines {
  std::size_t row_bytes = 0;
  std::uint32_t rows = 0;
  std::size_t pixel_bytes = 1;  // distance to the left neighbour: at least 1
  std::size_t alpha_bytes = 0;  // trailing bytes of a pixel that are its alpha
  Bytes data;                   // rows * row_bytes

  [[nodiscard]] const std::uint8_t* row(std::uint32_t y) const { return data.data() + y * row_bytes; }
};

// `image` in `format`, which must be able to hold it (see analysis.hpp).
[[nodiscard]] Scanlines pack(const RgbaImage& image, const Format& format);

// The data of PLTE and tRNS; empty where the format has none.
[[nodiscard]] Bytes palette_data(const Format& format);
[[nodiscard]] Bytes transparency_data(const Format& format);

// Bytes that PLTE and tRNS take in the file.
[[nodiscard]] std::size_t format_overhead(const Format& format);

// The smallest palette depth for this many entries.
[[nodiscard]] int palette_depth(std::size_t entries);

}  // namespace imgopt::png
