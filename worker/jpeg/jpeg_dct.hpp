// The forward DCT of a plane, in single precision.
#pragma once

#include <vector>

#include "worker/jpeg/jpeg_planes.hpp"

namespace imgopt::jpeg {

// Coefficients of all 8x8 blocks in raster order, each block in zigzag order, scaled as T.81 A.3.3 has them
// before quantisation (DC is eight times the mean).
[[nodiscard]] std::vector<float> forward_dct(const Plane& plane);

}  // namespace imgopt::jpeg
