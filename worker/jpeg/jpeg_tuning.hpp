// The numbers that shape lossy JPEG files. They were found by coordinate search over photographs for the
// fewest bytes at the SSIMULACRA 2 score of libjpeg-turbo's qualities 75, 80 and 85 (4:4:4: 88, 92, 95), not
// derived.
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
  QuantizerShape luma{8.95, {12.2, 38.0, 36.1, 48.1, 62.2}};
  QuantizerShape blue_subsampled{8.4, {17.5, 40.4, 46.9, 47.9, 63.5}};
  QuantizerShape red_subsampled{9.4, {15.5, 21.4, 29.5, 50.0, 61.6}};
  QuantizerShape blue_full{12.0, {21.2, 67.5, 112.0, 99.5, 302.0}};
  QuantizerShape red_full{13.0, {17.4, 56.2, 116.0, 108.0, 248.0}};

  // Rate-distortion choice: bits that a squared error of one quantiser step is worth, in a block of typical
  // activity; for DC its share of that; for AC times the quantiser's ratio to the first one to this power.
  double lambda_luma = 12.5;
  double lambda_chroma = 14.8;
  double dc_share = 0.423;
  double frequency_weight = 0.24;

  // Masking: that worth falls with the activity a of a block as ((a + floor) / (typical + floor))^-strength.
  double masking_strength = 0.442;
  double masking_floor = 1.99;
  double masking_typical = 12.0;
  double masking_min = 0.3;
  double masking_max = 3.0;

  // How much subsampled chroma is sharpened.
  double chroma_sharpening = 0.101;
};

}  // namespace imgopt::jpeg
