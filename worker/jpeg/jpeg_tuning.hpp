// The numbers that shape lossy JPEG files: found by search over photographs for the fewest bytes at equal
// SSIMULACRA 2 score (see bench), not derived.
#pragma once

#include <array>

namespace imgopt::jpeg {

// Quantisers before scaling with quality: that of DC, and those of AC at some distances hypot(u, v) from DC
// in the 8x8 grid of frequencies, linear between them.
inline constexpr std::array<double, 5> k_quantizer_distances = {1.0, 2.0, 4.0, 7.0, 9.9};

struct QuantizerShape {
  double dc;
  std::array<double, k_quantizer_distances.size()> ac;
};

struct Tuning {
  QuantizerShape luma{9.3, {17.2, 25.7, 40.4, 57.0, 67.0}};
  QuantizerShape blue_subsampled{8.4, {26.0, 31.4, 41.9, 57.6, 73.0}};
  QuantizerShape red_subsampled{9.4, {17.4, 21.4, 29.5, 41.5, 53.6}};
  QuantizerShape blue_full{18.0, {50.0, 60.0, 90.0, 150.0, 200.0}};
  QuantizerShape red_full{14.0, {35.0, 45.0, 70.0, 100.0, 150.0}};

  // Rate-distortion choice: bits that a squared error of one quantiser step is worth, in a block of typical
  // activity.
  double lambda_luma = 8.0;
  double lambda_chroma = 8.0;
  // Masking: that worth falls with the activity a of a block as ((a + floor) / typical)^-strength.
  double masking_strength = 0.3;
  double masking_floor = 4.0;
  double masking_typical = 12.0;
  double dc_share = 0.0;
  double power = 2.0;
  double beta = 0.0;
  double threshold = 0.62;
  double masking_min = 0.3;
  double masking_max = 3.0;
};

}  // namespace imgopt::jpeg
