// Turns and mirrors a JPEG image on its coefficients, without loss.
//
// Mirroring a block negates the coefficients of odd frequency along that axis; transposing it transposes the
// coefficients and the quantisers. Only whole MCUs can be mirrored, so an axis that is to be mirrored has to
// end on the MCU grid.
#pragma once

#include "worker/jpeg/jpeg_coefficients.hpp"
#include "worker/jpeg/jpeg_info.hpp"

namespace imgopt::jpeg {

// Whether the image can be made upright without loss.
[[nodiscard]] bool can_apply_orientation(const CoefficientImage& image, Orientation orientation);

// The image as it is to be displayed. Precondition: can_apply_orientation().
[[nodiscard]] CoefficientImage apply_orientation(const CoefficientImage& image, Orientation orientation);

}  // namespace imgopt::jpeg
