// The inner loops of SSIMULACRA 2 in the very arithmetic of the reference implementation: colour and blur.
//
// The blur is D. Charalampidis, "Recursive Implementation of the Gaussian Filter Using Truncated Cosine
// Functions" (IEEE Transactions on Signal Processing 64, 2016), with sigma = 1.5 and N = 5: the sum of three
// second-order recursions on the cosines of k pi / 10, k = 1, 3, 5. Outside of the image are zeros. Its
// impulse response has nine taps, and applying those would be simpler and more exact. But the recursions
// never forget a rounding error, the scores of nearly equal images depend on how large those grow, and the
// scores that everyone publishes contain them: exact arithmetic gives up to 1.2 more at JPEG quality 95. So
// all steps here round where the reference does on a processor with fused multiply-add (on one without, it
// gives up to 0.9 less). Processors without one compute the same bits, several times slower.
#pragma once

#include <array>
#include <cstddef>

namespace imgopt::perceptual {

// A blurred value depends on inputs up to this many columns or rows before it and after it.
inline constexpr std::size_t k_blur_before = 6;
inline constexpr std::size_t k_blur_after = 4;

// Floats that carry the recursions from one part of a row to the next, or from row to row of four columns.
// Zeros at the start of a row; in columns, k_blur_after rows above the image.
inline constexpr std::size_t k_row_carry_floats = 6;
inline constexpr std::size_t k_column_carry_floats = 24;
using RowCarry = std::array<float, k_row_carry_floats>;

// Columns [first, last) of a row of `width`; `first` is zero, or a multiple of 4 where the last call with the
// same carry ended.
struct RowPart {
  std::size_t first = 0;
  std::size_t last = 0;
  std::size_t width = 0;
};

// All counts are in floats; "whole vectors" means that loops may run up to 3 floats further.
struct Kernels {
  // sRGB-encoded values in [0, 1] to linear light, in place; whole vectors.
  void (*srgb_to_linear)(float* values, std::size_t count);

  // Linear sRGB to the XYB of JPEG XL, shifted so that each channel lies roughly in [0, 1]; whole vectors.
  void (*linear_to_xyb)(const float* const linear[3], std::size_t count, float* const xyb[3]);

  // Blurs a part of a row. `in` and `out` point to column `part.first`; `in` must be readable from
  // k_blur_before before it to k_blur_after - 1 behind `part.last`, and hold zeros outside of the row.
  void (*blur_along_row)(const float* in, RowPart part, float* carry, float* out);

  // One step of the blur down `count` columns, a multiple of 4: `above` is the row 6 above the one to be
  // blurred, `below` the row 4 below it, zeros where there is none; `carry` has k_column_carry_floats for
  // each 4 columns. The first four steps, for rows above the image, fill the carry, and their output is of no
  // use.
  void (*blur_down_columns)(const float* above, const float* below, std::size_t count, float* carry,
                            float* out);
};

// The fastest that this processor can run. All give equal bits.
[[nodiscard]] const Kernels& kernels();

// Those that run everywhere.
[[nodiscard]] const Kernels& portable_kernels();

// Those that use a fused multiply-add; null where the build or the processor has none.
[[nodiscard]] const Kernels* fused_kernels();

}  // namespace imgopt::perceptual
