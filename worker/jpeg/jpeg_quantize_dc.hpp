// Chooses DC coefficients by rate and distortion: DC is coded as the difference to the block before, so a
// value one step off may be cheaper than the nearest one.
#pragma once

#include <vector>

#include "worker/jpeg/jpeg_coefficients.hpp"

namespace imgopt::jpeg {

// Requantises DC of `component`, whose DC is rounded, along each row of blocks (a shortest path over two
// values a block). `lambdas` as for quantize_by_rate().
void quantize_dc_by_rate(const std::vector<float>& coefficients, const std::vector<float>& lambdas,
                         Component& component);

}  // namespace imgopt::jpeg
