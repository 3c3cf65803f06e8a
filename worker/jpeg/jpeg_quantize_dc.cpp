#include "worker/jpeg/jpeg_quantize_dc.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace imgopt::jpeg {
namespace {

constexpr float k_max_dc = 1023.0F;  // differences then have eleven bits at most (T.81 F.1.2.1)

using SizeCosts = std::array<float, 16>;

std::size_t size_of(int difference) {
  return static_cast<std::size_t>(std::bit_width(static_cast<unsigned>(std::abs(difference))));
}

// Bits of a difference by its size, from the differences between neighbours as rounded.
SizeCosts size_costs(const Component& component) {
  std::array<double, 16> counts{};
  int previous = 0;
  for (std::size_t b = 0; b < component.block_count(); ++b) {
    const int dc = component.block(b)[0];
    counts[std::min<std::size_t>(size_of(dc - previous), 15)] += 1;
    previous = dc;
  }
  SizeCosts costs;
  for (std::size_t size = 0; size < costs.size(); ++size) {
    const double share = std::max(counts[size], 0.5) / static_cast<double>(component.block_count());
    costs[size] = static_cast<float>(-std::log2(share)) + static_cast<float>(size);
  }
  return costs;
}

struct Choice {
  int value = 0;
  float cost = 0;
  std::uint8_t previous = 0;  // which choice of the block before
};
using Choices = std::array<Choice, 2>;

// The two values around `step`.
Choices choices_for(float step) {
  const float below = std::floor(std::clamp(step, -k_max_dc, k_max_dc - 1.0F));
  return {Choice{static_cast<int>(below), 0, 0}, Choice{static_cast<int>(below) + 1, 0, 0}};
}

}  // namespace

void quantize_dc_by_rate(const std::vector<float>& coefficients, const std::vector<float>& lambdas,
                         Component& component) {
  const SizeCosts costs = size_costs(component);
  const float reciprocal = 1.0F / static_cast<float>(component.quantizers[0]);
  std::vector<Choices> row(component.blocks_wide);
  Choices before{};  // of the block before; a row starts from the last value of the row above
  for (std::uint32_t y = 0; y < component.blocks_high; ++y) {
    const std::size_t start = std::size_t{y} * component.blocks_wide;
    for (std::uint32_t x = 0; x < component.blocks_wide; ++x) {
      const std::size_t b = start + x;
      const float step = coefficients[b * k_block_size] * reciprocal;
      row[x] = choices_for(step);
      for (Choice& choice : row[x]) {
        const float error = step - static_cast<float>(choice.value);
        float best = 1e30F;
        for (std::size_t p = 0; p < before.size(); ++p) {
          const float cost =
              before[p].cost + costs[std::min<std::size_t>(size_of(choice.value - before[p].value), 15)];
          if (cost < best) {
            best = cost;
            choice.previous = static_cast<std::uint8_t>(p);
          }
        }
        choice.cost = best + lambdas[b] * error * error;
      }
      before = row[x];
    }
    std::uint8_t best = before[1].cost < before[0].cost ? 1 : 0;
    const int last = before[best].value;
    for (std::uint32_t x = component.blocks_wide; x-- > 0;) {
      component.block(start + x)[0] = static_cast<std::int16_t>(row[x][best].value);
      best = row[x][best].previous;
    }
    before = {Choice{last, 0, 0}, Choice{last, 0, 0}};
  }
}

}  // namespace imgopt::jpeg
