// The lossy half of the encoder: pixels to quantised coefficients.
#pragma once

#include "worker/jpeg/jpeg_coefficients.hpp"
#include "worker/jpeg/jpeg_encoder.hpp"
#include "worker/jpeg/jpeg_tuning.hpp"
#include "worker/pixels.hpp"

namespace imgopt::jpeg {

// `pixels` has 1 or 3 channels of 8 bits; options.subsampling may be automatic.
[[nodiscard]] CoefficientImage encode_coefficients(const PixelView& pixels, const EncodeOptions& options,
                                                   const Tuning& tuning);

}  // namespace imgopt::jpeg
