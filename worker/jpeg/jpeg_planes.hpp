// Pixels as JPEG's component planes: colour conversion (JFIF 1.02), chroma subsampling, padding to whole
// blocks.
#pragma once

#include <cstdint>
#include <vector>

#include "worker/pixels.hpp"

namespace imgopt::jpeg {

// Samples of one component, level-shifted to -128..127; sides are multiples of 8, filled up with the last
// column and row.
struct Plane {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<float> samples;

  [[nodiscard]] float* row(std::uint32_t y) { return samples.data() + std::size_t{y} * width; }
  [[nodiscard]] const float* row(std::uint32_t y) const { return samples.data() + std::size_t{y} * width; }
};

struct ChromaRatio {
  std::uint32_t horizontal = 1;  // luma samples a chroma sample
  std::uint32_t vertical = 1;
};

// One plane for a single channel, else Y, Cb, Cr. `pixels` has 1 or 3 channels of 8 bits.
[[nodiscard]] std::vector<Plane> make_planes(const PixelView& pixels, const ChromaRatio& ratio);

// Adds `amount` times the difference to the four neighbours. Decoders interpolate subsampled chroma, which
// blurs it; this counters the blur.
void sharpen(Plane& plane, float amount);

}  // namespace imgopt::jpeg
