// What every comparison asks of its two images first.
#pragma once

#include "base/result.hpp"
#include "worker/pixels.hpp"

namespace imgopt {

// ErrorCode::invalid_argument unless `pixels` holds exactly the samples that it describes, in sizes that do
// not overflow.
[[nodiscard]] Result<void> check_pixels(const PixelView& pixels);

// The same for both, and that their width and height are equal.
[[nodiscard]] Result<void> check_pixel_pair(const PixelView& a, const PixelView& b);

// Whether every pixel is fully opaque, as it is without an alpha channel.
[[nodiscard]] bool is_opaque(const PixelView& pixels);

}  // namespace imgopt
