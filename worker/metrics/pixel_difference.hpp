// How far two images of equal size are apart, sample by sample.
//
// Images of different format are brought to a common one that loses nothing: grey becomes RGB where the other
// is RGB, 8 bits become 16 (times 257) where the other has 16, a missing alpha channel is an opaque one where
// the other has alpha. Nothing here throws; both functions use a few kilobytes of memory.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "worker/pixels.hpp"

namespace imgopt {

// Whether the colour of pixels that are fully transparent in both images counts.
enum class HiddenColour { compare, ignore };

struct PixelDifference {
  bool identical = true;
  int bits = 8;                        // of the common format: the unit of max_difference
  std::uint32_t max_difference = 0;    // largest absolute difference of two samples, alpha among them
  std::uint64_t differing_pixels = 0;  // pixels with any differing sample
  double psnr = 0.0;                   // dB over all samples of the common format, alpha among them; infinite
                                       // when identical
};

// Fails with invalid_argument where the sizes differ or a view does not describe its samples.
[[nodiscard]] Result<PixelDifference> compare_pixels(const PixelView& a, const PixelView& b,
                                                     HiddenColour hidden = HiddenColour::compare);

// Mean of the squared differences of all samples, in steps of 8 bits (0 to 65,025), hidden colour ignored: a
// quick look at whether a lossy output shows the same image at all. 16 bits are rounded to 8 first. Fails as
// compare_pixels() does.
[[nodiscard]] Result<double> mean_squared_distance(const PixelView& a, const PixelView& b);

}  // namespace imgopt
