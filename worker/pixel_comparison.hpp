// Compares decoded pictures for verification: equality for lossless outputs, and for lossy ones a distance
// that any honest encoding keeps small and a broken one does not.
#pragma once

#include <cstdint>

#include "protocol/output_settings.hpp"
#include "worker/pixels.hpp"

namespace imgopt {

// How much of alpha the compared format holds.
enum class AlphaDepth : std::uint8_t { full, one_bit };

// Whether two pictures of the same size show the same samples; grey equals RGB of three equal channels, no
// alpha equals opaque alpha, 8 bits equal their 16-bit expansion. Colour under alpha 0 counts with
// TransparentColor::keep.
[[nodiscard]] bool equal_pixels(const PixelView& a, const PixelView& b, TransparentColor hidden);

// Differences between the means of square cells of k_comparison_cell pixels, weighted by alpha, in levels of
// 255.
inline constexpr std::uint32_t k_comparison_cell = 16;
struct CellDifference {
  double mean = 0;         // over all cells and channels
  double share_large = 0;  // of cells that differ by more than 64 levels in a channel
};
[[nodiscard]] CellDifference cell_difference(const PixelView& a, const PixelView& b, AlphaDepth alpha);

}  // namespace imgopt
