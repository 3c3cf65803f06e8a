#include "worker/jpeg/jpeg_quantize.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

namespace imgopt::jpeg {
namespace {

constexpr int k_max_magnitude = 1023;  // T.81 F.1.2.2: ten bits at most in baseline files

struct Reciprocals {
  explicit Reciprocals(const Component& component) {
    for (std::size_t k = 0; k < k_block_size; ++k)
      values[k] = 1.0F / static_cast<float>(component.quantizers[k]);
  }
  std::array<float, k_block_size> values;
};

// One block's search: the cheapest chain of nonzero coefficients from the start of the AC band to its end.
class BlockSearch {
public:
  BlockSearch(const SymbolCosts& costs, const Reciprocals& reciprocals, const Component& component,
              double frequency_weight)
      : m_costs(costs), m_reciprocals(reciprocals) {
    const double first = component.quantizers[1];
    for (std::size_t k = 0; k < k_block_size; ++k)
      m_weights[k] = static_cast<float>(std::pow(component.quantizers[k] / first, frequency_weight));
  }

  // `coefficients` and `out` are one block; out[0] stays.
  void run(const float* coefficients, float lambda, std::int16_t* out) {
    find_nodes(coefficients, lambda);
    for (int n = 1; n < m_node_count; ++n)
      connect(n, lambda);
    std::fill(out + 1, out + k_block_size, std::int16_t{0});
    for (int n = best_end(); n > 0; n = node(n).previous) {
      const int k = node(n).position;
      out[k] = static_cast<std::int16_t>(coefficients[k] < 0 ? -node(n).value : node(n).value);
    }
  }

private:
  struct Node {
    int position = 0;
    float step = 0;         // magnitude in quantiser steps
    float zero_before = 0;  // cost of zeroing every coefficient before this one
    float zero_after = 0;   // the same with this one
    float base = 0;         // best cost up to this one as nonzero, less zero_after
    int value = 0;
    int previous = 0;
  };

  Node& node(int n) { return m_nodes[static_cast<std::size_t>(n)]; }

  // Nodes are the coefficients that do not round to zero; node 0 is the start.
  void find_nodes(const float* coefficients, float lambda) {
    // Coefficients of more steps are never zeroed; their true cost would only drown the others' precision.
    constexpr float k_max_zeroed = 16.0F;
    node(0) = {};
    m_node_count = 1;
    float zero_cost = 0;
    for (int k = 1; k < k_block_size; ++k) {
      const float step = std::fabs(coefficients[k]) * m_reciprocals.values[static_cast<std::size_t>(k)];
      const float zeroed = std::min(step, k_max_zeroed);
      const float zero_after = zero_cost + lambda * m_weights[static_cast<std::size_t>(k)] * zeroed * zeroed;
      if (step >= 0.5F) {
        node(m_node_count++) = {
            k, std::min(step, static_cast<float>(k_max_magnitude)), zero_cost, zero_after, 0, 0, 0};
      }
      zero_cost = zero_after;
    }
  }

  // Finds the best predecessor and value of node n.
  void connect(int n, float lambda) {
    Node& self = node(n);
    // NOLINTNEXTLINE(bugprone-incorrect-roundings): never negative, and lround costs more.
    const int nearest = static_cast<int>(self.step + 0.5F);
    float best = 1e30F;
    for (int value = nearest; value >= std::max(1, nearest - 1); --value) {
      const float difference = self.step - static_cast<float>(value);
      const float error =
          lambda * m_weights[static_cast<std::size_t>(self.position)] * difference * difference;
      const auto size = static_cast<unsigned>(std::bit_width(static_cast<unsigned>(value)));
      for (int p = n - 1; p >= 0; --p) {
        const auto run = static_cast<unsigned>(self.position - node(p).position - 1);
        float cost = node(p).base + error + m_costs[(run & 15U) << 4 | size];
        if (run > 15)
          cost += static_cast<float>(run >> 4) * m_costs[0xF0];
        if (cost < best) {
          best = cost;
          self.value = value;
          self.previous = p;
        }
      }
    }
    self.base = best + self.zero_before - self.zero_after;
  }

  // The last nonzero coefficient's node; 0: none. What every choice pays, zeroing all, is left out.
  int best_end() {
    int end = 0;
    float best = m_costs[0];
    for (int n = 1; n < m_node_count; ++n) {
      const float cost = node(n).base + (node(n).position == k_block_size - 1 ? 0.0F : m_costs[0]);
      if (cost < best) {
        best = cost;
        end = n;
      }
    }
    return end;
  }

  std::array<float, k_block_size> m_weights{};
  const SymbolCosts& m_costs;
  const Reciprocals& m_reciprocals;
  std::array<Node, k_block_size> m_nodes;
  int m_node_count = 1;
};

std::int16_t rounded(float step, float threshold) {
  const float magnitude = std::min(std::fabs(step) + (1.0F - threshold), static_cast<float>(k_max_magnitude));
  const auto value = static_cast<std::int16_t>(magnitude);
  return static_cast<std::int16_t>(step < 0 ? -value : value);
}

}  // namespace

SymbolCosts symbol_costs(const SymbolCounts& counts) {
  double total = 0;
  for (const std::uint32_t count : counts)
    total += count;
  SymbolCosts costs;
  for (std::size_t symbol = 0; symbol < costs.size(); ++symbol) {
    const double share = std::max(static_cast<double>(counts[symbol]), 0.5) / std::max(total, 1.0);
    costs[symbol] = static_cast<float>(std::min(-std::log2(share), 16.0)) + static_cast<float>(symbol & 15U);
  }
  return costs;
}

void quantize_by_rounding(const std::vector<float>& coefficients, float threshold, Component& component) {
  const Reciprocals reciprocals(component);
  for (std::size_t b = 0; b < component.block_count(); ++b) {
    const float* in = coefficients.data() + b * k_block_size;
    std::int16_t* out = component.block(b);
    out[0] = rounded(in[0] * reciprocals.values[0], 0.5F);
    for (std::size_t k = 1; k < k_block_size; ++k)
      out[k] = rounded(in[k] * reciprocals.values[k], threshold);
  }
}

SymbolCounts count_ac_symbols(const Component& component) {
  SymbolCounts counts{};
  for (std::size_t b = 0; b < component.block_count(); ++b) {
    const std::int16_t* block = component.block(b);
    unsigned run = 0;
    for (int k = 1; k < k_block_size; ++k) {
      if (block[k] == 0) {
        ++run;
        continue;
      }
      counts[0xF0] += run >> 4;
      ++counts[(run & 15U) << 4 |
               static_cast<unsigned>(std::bit_width(static_cast<unsigned>(std::abs(int{block[k]}))))];
      run = 0;
    }
    counts[0] += run > 0 ? 1 : 0;
  }
  return counts;
}

void quantize_by_rate(const std::vector<float>& coefficients, const std::vector<float>& lambdas,
                      const SymbolCosts& costs, double frequency_weight, Component& component) {
  const Reciprocals reciprocals(component);
  BlockSearch search(costs, reciprocals, component, frequency_weight);
  for (std::size_t b = 0; b < component.block_count(); ++b)
    search.run(coefficients.data() + b * k_block_size, lambdas[b], component.block(b));
}

}  // namespace imgopt::jpeg
