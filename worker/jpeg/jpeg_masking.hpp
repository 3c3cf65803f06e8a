// How much an error in each block is seen: the lambdas of the rate-distortion choice.
#pragma once

#include <vector>

#include "worker/jpeg/jpeg_coefficients.hpp"
#include "worker/jpeg/jpeg_tuning.hpp"

namespace imgopt::jpeg {

// Activity of each block: root of the sum of its squared AC coefficients over 8, that is the standard
// deviation of its samples.
[[nodiscard]] std::vector<float> block_activity(const std::vector<float>& coefficients, double power);

// One lambda a block of `component`.
[[nodiscard]] std::vector<float> block_lambdas(const std::vector<float>& activity, double lambda,
                                               const Tuning& tuning);

}  // namespace imgopt::jpeg
