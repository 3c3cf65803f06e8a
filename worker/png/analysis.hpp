// What the pixels of an image, or of all frames of an animation together, allow: no alpha, grey, few colours.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "worker/png/format.hpp"
#include "worker/png/rgba.hpp"

namespace imgopt::png {

struct ColorCount {
  RgbaEntry color{};
  std::uint64_t count = 0;
};

struct Analysis {
  int bits = 8;  // of all images
  bool opaque = true;
  bool grey = true;
  std::vector<ColorCount> colors;  // in order of first appearance; empty where there are more than 256
  int grey_depth = 8;              // smallest depth (1, 2, 4, 8) for the grey levels that are visible
  // A colour that can stand for all transparent pixels, where alpha is only ever 0 or full. In samples of
  // `bits` bits; for grey images all three are equal.
  std::optional<std::array<std::uint16_t, 3>> key;
};

// Halves the samples of all images from 16 to 8 bits where that loses nothing in any of them.
void narrow(std::span<RgbaImage> images);

// Sets the colour of all pixels with alpha 0 to black.
void clear_hidden_colors(std::span<RgbaImage> images);

// All images must have the same `bits`. With TransparentColor::rewrite, hidden colours must be cleared.
[[nodiscard]] Analysis analyse(std::span<const RgbaImage> images, TransparentColor hidden);

}  // namespace imgopt::png
