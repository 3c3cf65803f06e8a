// Decoded pixels as linear light, and its halving: the levels on which SSIMULACRA 2 works.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "worker/metrics/aligned_floats.hpp"
#include "worker/pixels.hpp"

namespace imgopt::perceptual {

// What stands behind transparent pixels: a grey as sRGB-encoded fraction of white.
struct Background {
  float encoded = 0.0F;
};

// Three planes of floats in [0, 1].
struct LinearImage {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  AlignedFloats samples;  // red, green, blue plane; rows without padding

  [[nodiscard]] const float* row(std::size_t channel, std::uint32_t y) const {
    return samples.data() + (channel * height + y) * width;
  }
  [[nodiscard]] float* row(std::size_t channel, std::uint32_t y) {
    return samples.data() + (channel * height + y) * width;
  }
};

using RgbRows = std::array<float*, 3>;

// A view that hands out linear light row by row, from pixels (converted on the way, blended in sRGB encoding
// over the background) or from planes. What it looks at must outlive it.
class LinearSource {
public:
  LinearSource(const PixelView& pixels, Background background);
  explicit LinearSource(const LinearImage& image);

  [[nodiscard]] std::uint32_t width() const { return m_width; }
  [[nodiscard]] std::uint32_t height() const { return m_height; }

  // Writes `count` pixels of row `y` from column `first` on, all of which must lie in the image. Each of the
  // rows needs room for `count` rounded up to whole vectors.
  void read(std::uint32_t y, std::uint32_t first, std::size_t count, const RgbRows& rows) const;

private:
  std::uint32_t m_width = 0;
  std::uint32_t m_height = 0;
  const LinearImage* m_image = nullptr;
  PixelView m_pixels;
  Background m_background;
};

// Means of 2x2 pixels; the last column and row count twice where the size is odd.
[[nodiscard]] LinearImage halve(const LinearSource& source);

}  // namespace imgopt::perceptual
