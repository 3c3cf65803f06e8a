#include "worker/png/symbol_costs.hpp"

#include <algorithm>
#include <span>

#include "worker/png/fixed_log.hpp"

namespace imgopt::png {
namespace {

constexpr int k_cost_fraction = 6;

template <typename SymbolCost>
void fill_costs(SymbolCosts& costs, const SymbolCost& length_cost, const SymbolCost& distance_cost) {
  for (std::size_t byte = 0; byte < 256; ++byte) {
    costs.literal[byte] = length_cost(byte);
  }
  for (std::size_t length = k_min_match; length <= k_max_match; ++length) {
    const SymbolCode code = k_length_codes[length];
    costs.length[length] = length_cost(code.symbol) + (std::uint32_t{code.extra_bits} << k_cost_fraction);
  }
  for (unsigned symbol = 0; symbol < k_distance_symbols; ++symbol) {
    costs.distance[symbol] = distance_cost(symbol) + (distance_extra_bits(symbol) << k_cost_fraction);
  }
}

// What symbols cost by their entropy; those that did not occur as if they had occurred once.
class EntropyCost {
public:
  explicit EntropyCost(std::span<const std::uint32_t> counts) : m_counts(counts) {
    std::uint64_t total = 0;
    for (const std::uint32_t count : counts) {
      total += count;
    }
    m_total = m_log.log2(std::max<std::uint64_t>(total, 2));
  }

  std::uint32_t operator()(std::size_t symbol) const {
    const std::uint32_t bits = m_total - m_log.log2(std::max<std::uint32_t>(m_counts[symbol], 1));
    return std::max<std::uint32_t>(bits >> (16 - k_cost_fraction), 1);
  }

private:
  FixedLog m_log;
  std::span<const std::uint32_t> m_counts;
  std::uint32_t m_total = 0;
};

}  // namespace

SymbolCosts entropy_costs(const SymbolCounts& counts) {
  SymbolCosts costs;
  fill_costs(costs, EntropyCost(counts.lengths), EntropyCost(counts.distances));
  return costs;
}

SymbolCosts fixed_costs() {
  const BlockCode code = fixed_block_code({});
  SymbolCosts costs;
  const auto from = [](std::span<const std::uint8_t> lengths) {
    return [lengths](std::size_t symbol) { return std::uint32_t{lengths[symbol]} << k_cost_fraction; };
  };
  fill_costs(costs, from(code.length_lengths), from(code.distance_lengths));
  return costs;
}

SymbolCosts code_costs(const BlockCode& code) {
  SymbolCosts costs;
  const auto from = [](std::span<const std::uint8_t> lengths) {
    return [lengths](std::size_t symbol) {
      return std::uint32_t{lengths[symbol] > 0 ? lengths[symbol] : std::uint8_t{15}} << k_cost_fraction;
    };
  };
  fill_costs(costs, from(code.length_lengths), from(code.distance_lengths));
  return costs;
}

}  // namespace imgopt::png
