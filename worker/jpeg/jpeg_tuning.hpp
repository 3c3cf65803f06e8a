// The numbers that shape lossy JPEG files: found by search over photographs for the fewest bytes at equal
// SSIMULACRA 2 score (see bench), not derived.
#pragma once

namespace imgopt::jpeg {

// Quantisers before scaling with quality, as a function of the distance r = hypot(u, v) from DC in the 8x8
// grid of frequencies: ac * (1 + slope * r + curve * r^2) for r >= 1.
struct QuantizerShape {
  double dc = 1.0;
  double ac = 1.0;
  double slope = 0.1;
  double curve = 0.0;
};

struct Tuning {
  QuantizerShape luma{8.0, 8.0, 0.2, 0.0};
  QuantizerShape blue_subsampled{10.0, 10.0, 0.2, 0.0};
  QuantizerShape red_subsampled{10.0, 10.0, 0.2, 0.0};
  QuantizerShape blue_full{18.0, 18.0, 0.4, 0.0};
  QuantizerShape red_full{14.0, 14.0, 0.4, 0.0};

  // Rate-distortion choice: bits that a squared error of one quantiser step is worth, in a block of typical
  // activity.
  double lambda_luma = 8.0;
  double lambda_chroma = 8.0;
  // Masking: that worth falls with the activity a of a block as ((a + floor) / typical)^-strength.
  double masking_strength = 0.3;
  double masking_floor = 4.0;
  double masking_typical = 12.0;
  double masking_min = 0.3;
  double masking_max = 3.0;
};

}  // namespace imgopt::jpeg
