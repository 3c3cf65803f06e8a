// The inner loops of SSIMULACRA 2 in the very arithmetic of the reference implementation: colour, blur, error
// maps.
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

// Floats that carry the recursions from one part of a row to the next, and for each column from row to row.
// Zeros at the start of a row; in columns, k_blur_after rows above the image.
inline constexpr std::size_t k_row_carry_floats = 6;
inline constexpr std::size_t k_column_carry_floats = 6;
using RowCarry = std::array<float, k_row_carry_floats>;

// Columns [first, last) of a row of `width`; `first` is zero, or a multiple of 4 where the last call with the
// same carry ended.
struct RowPart {
  std::size_t first = 0;
  std::size_t last = 0;
  std::size_t width = 0;
};

// A row of one channel of one image: values, blurred values, blurred squares.
struct BlurredRows {
  const float* values = nullptr;
  const float* means = nullptr;
  const float* mean_squares = nullptr;
};

// An error map's values and their fourth powers, each as eight sums of every eighth column.
inline constexpr std::size_t k_error_lanes = 8;
struct ErrorLanes {
  float plain[k_error_lanes] = {};
  float fourth[k_error_lanes] = {};
};

// Counts are in floats. All rows must be readable and writable up to a multiple of k_widest.
struct Kernels {
  // sRGB-encoded values in [0, 1] to linear light, in place.
  void (*srgb_to_linear)(float* values, std::size_t count);

  // Linear sRGB to the XYB of JPEG XL, shifted so that each channel lies roughly in [0, 1].
  void (*linear_to_xyb)(const float* const linear[3], std::size_t count, float* const xyb[3]);

  // Blurs the same part of several rows. Inputs and outputs point to column `part.first`; inputs must be
  // readable from k_blur_before before it to k_blur_after - 1 behind `part.last`, and hold zeros outside of
  // the row.
  void (*blur_along_rows)(const float* const* in, std::size_t rows, RowPart part, float* const* carries,
                          float* const* out);

  // One step of the blur down `count` columns, a multiple of k_widest: `above` is the row 6 above the one to
  // be blurred, `below` the row 4 below it, zeros where there is none; `carry` has k_column_carry_floats a
  // column. The first four steps, for rows above the image, fill the carry, and their output is of no use.
  void (*blur_down_columns)(const float* above, const float* below, std::size_t count, float* carry,
                            float* out);

  // Adds a row's errors of structure: 1 - SSIM without its luminance term's denominator. `mean_product` is
  // the blurred product of both images' values.
  void (*add_structure_errors)(const BlurredRows& reference, const BlurredRows& distorted,
                               const float* mean_product, std::size_t count, ErrorLanes& structure);

  // Adds a row's errors of edges: where the distorted image is farther from its blurred self than the
  // reference (artifacts) and where it is nearer (detail lost). Uses no squares.
  void (*add_edge_errors)(const BlurredRows& reference, const BlurredRows& distorted, std::size_t count,
                          ErrorLanes& artifact, ErrorLanes& detail_lost);
};

// The fastest that this processor can run. All give equal bits.
[[nodiscard]] const Kernels& kernels();

// Those that run everywhere.
[[nodiscard]] const Kernels& portable_kernels();

// Those that use a fused multiply-add; null where the build or the processor has none.
[[nodiscard]] const Kernels* fused_kernels();

}  // namespace imgopt::perceptual
