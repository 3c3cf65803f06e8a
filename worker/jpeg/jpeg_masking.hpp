// How much an error in each block is seen: the lambdas of the rate-distortion choice.
#pragma once

#include <vector>

#include "worker/jpeg/jpeg_coefficients.hpp"
#include "worker/jpeg/jpeg_tuning.hpp"

namespace imgopt::jpeg {

// Activity of each block: the fourth root of the mean fourth power of its AC coefficients, so that a strong
// edge counts for more than weak texture of the same energy.
[[nodiscard]] std::vector<float> block_activity(const std::vector<float>& coefficients);

// One lambda a block of `component`.
[[nodiscard]] std::vector<float> block_lambdas(const std::vector<float>& activity, double lambda,
                                               const Tuning& tuning);

}  // namespace imgopt::jpeg
