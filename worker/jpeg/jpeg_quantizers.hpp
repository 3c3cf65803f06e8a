// Quantiser tables by quality.
#pragma once

#include <array>
#include <cstdint>

#include "worker/jpeg/jpeg_constants.hpp"
#include "worker/jpeg/jpeg_tuning.hpp"

namespace imgopt::jpeg {

// The factor on a QuantizerShape for `quality` (1..100), falling with quality.
[[nodiscard]] double quality_scale(double quality);

// The table of a shape, in zigzag order, values 1..255.
[[nodiscard]] std::array<std::uint16_t, k_block_size> build_quantizers(const QuantizerShape& shape,
                                                                       double scale);

}  // namespace imgopt::jpeg
