// What the symbols of DEFLATE cost, as parsing counts it.
#pragma once

#include <array>
#include <cstdint>

#include "worker/png/huffman.hpp"

namespace imgopt::png {

// In 1/64 bits: finer than whole bits, and a segment's sum fits 32 bits.
struct SymbolCosts {
  std::array<std::uint32_t, 256> literal{};
  std::array<std::uint32_t, 259> length{};
  std::array<std::uint32_t, k_distance_symbols> distance{};  // extra bits included
};

// What symbols cost by their entropy; those that did not occur as if they had occurred once.
[[nodiscard]] SymbolCosts entropy_costs(const SymbolCounts& counts);

// What they cost in the fixed code of block type 1.
[[nodiscard]] SymbolCosts fixed_costs();

// By the lengths of a real code; a symbol without one as if it had the longest.
[[nodiscard]] SymbolCosts code_costs(const BlockCode& code);

}  // namespace imgopt::png
