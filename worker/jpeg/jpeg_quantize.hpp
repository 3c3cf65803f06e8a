// Chooses quantised coefficients: by rounding, or by what they cost against what they improve.
//
// The rate-distortion choice ("trellis quantisation", as in mozjpeg and x264) picks for each block the values
// that minimise bits + lambda * squared error in quantiser steps, where lambda falls with the block's
// activity: texture hides errors.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "worker/jpeg/jpeg_coefficients.hpp"
#include "worker/jpeg/jpeg_huffman.hpp"

namespace imgopt::jpeg {

// Bits of each AC symbol (run << 4 | size) with its extra bits.
using SymbolCosts = std::array<float, 256>;

// Costs that an ideal entropy coder has for these counts; symbols never seen cost more than any seen.
[[nodiscard]] SymbolCosts symbol_costs(const SymbolCounts& counts);

// Quantises `coefficients` (all blocks of the component, zigzag order) into component.coefficients by
// rounding; AC values round up from `threshold` (0.5: to the nearest).
void quantize_by_rounding(const std::vector<float>& coefficients, float threshold, Component& component);

// Sequential AC symbols of the component as it is quantised now.
[[nodiscard]] SymbolCounts count_ac_symbols(const Component& component);

// Quantises AC by rate and distortion; lambdas holds one value a block, for the first AC coefficient; those
// of others are larger by (their quantiser / the first one's) ^ frequency_weight. DC stays as it is.
void quantize_by_rate(const std::vector<float>& coefficients, const std::vector<float>& lambdas,
                      const SymbolCosts& costs, double frequency_weight, Component& component);

}  // namespace imgopt::jpeg
