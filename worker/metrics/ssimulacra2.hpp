// SSIMULACRA 2, version 2.1: how much of an image's visual quality a compressed copy of it has kept.
//
// Own implementation of the metric of Jon Sneyers (github.com/cloudinary/ssimulacra2); its scores are the
// reference implementation's to the fifth digit after the point, as that gives them on a processor with fused
// multiply-add. 100 is no difference, 90 visually lossless, 70 high, 50 medium, 30 low quality; there is no
// lower bound. The two sides are not interchangeable.
//
// Pixels are sRGB with straight alpha, 1 to 4 channels of 8 or 16 bits; the two sides may differ in both. A
// missing alpha channel is an opaque one. Where either side has transparency, both are blended over a dark
// and over a light grey and the worse score counts. Where the reference implementation does otherwise: it
// refuses sides under 8 pixels, here they are continued to 8 with their last row or column; it takes one
// middle grey where only the distorted image has alpha; and 16 bits that hold 8-bit values are here taken for
// 8 bits. In images with a side under 113 pixels scores mean less: the metric has fewer scales there, and as
// in the reference implementation their weights are then those of other scales.
//
// Nothing here throws, keeps state or starts threads; equal pixels give equal scores whatever was scored
// before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/result.hpp"
#include "worker/pixels.hpp"

namespace imgopt {

// Counts changes of the numbers that the functions of this folder give, for the encoders' fingerprints.
inline constexpr std::uint32_t k_metrics_epoch = 1;

// The score of `distorted` against `reference`. Fails with invalid_argument where the sizes differ or a view
// does not describe its samples, with limit_exceeded where memory runs out. Peak memory beyond the two
// images: 9 bytes a pixel, and where their size or bits are not taken as they are (above) a copy of them.
[[nodiscard]] Result<double> ssimulacra2(const PixelView& reference, const PixelView& distorted);

// A reference prepared for many scores, as a search for a quality wants it: each score then costs the
// distorted side only, about half of ssimulacra2(). It keeps no view of the pixels that it was made from, but
// 33 bytes a pixel, 66 if any of them is transparent; scoring takes 4 more. Where that is too much,
// ssimulacra2() gives the same numbers.
class Ssimulacra2Reference {
public:
  // Fails as ssimulacra2() does.
  [[nodiscard]] static Result<Ssimulacra2Reference> create(const PixelView& reference);

  Ssimulacra2Reference(Ssimulacra2Reference&&) noexcept;
  Ssimulacra2Reference& operator=(Ssimulacra2Reference&&) noexcept;
  ~Ssimulacra2Reference();

  // The same number that ssimulacra2() gives for the two images. Fails as it does.
  [[nodiscard]] Result<double> score(const PixelView& distorted) const;

private:
  class Pyramids;
  explicit Ssimulacra2Reference(std::unique_ptr<const Pyramids> pyramids);

  std::unique_ptr<const Pyramids> m_pyramids;
};

}  // namespace imgopt
