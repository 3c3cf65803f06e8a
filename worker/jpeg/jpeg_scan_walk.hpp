// The order in which scans visit blocks and the events each block gives; shared by counting and writing.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "worker/jpeg/jpeg_scan.hpp"

namespace imgopt::jpeg {

// The longest run of blocks without further coefficients (T.81 G.1.2.2).
inline constexpr std::uint32_t k_max_end_of_band_run = 0x7FFF;

// The lower bits of a negative value are those of its one's complement (T.81 F.1.2.1.1).
struct Magnitude {
  unsigned size;       // bits
  std::uint32_t bits;  // `size` bits
};
inline Magnitude magnitude_of(int value) {
  const auto absolute = static_cast<std::uint32_t>(value < 0 ? -value : value);
  const auto size = static_cast<unsigned>(std::bit_width(absolute));
  const std::uint32_t bits = value < 0 ? ~absolute & ((1U << size) - 1) : absolute;
  return {size, bits};
}

inline std::uint64_t band_mask(int first, int last) {
  return (~std::uint64_t{0} >> (63 - last)) & (~std::uint64_t{0} << first);
}

// Calls visit(member, block_index) for each block of a scan in its order; block_index is -1 for the blocks
// that only pad an MCU (T.81 A.2).
template <typename Visit>
void walk_blocks(const CoefficientImage& image, const std::vector<int>& components, Visit&& visit) {
  if (components.size() == 1) {
    const Component& component = image.components[static_cast<std::size_t>(components[0])];
    const auto count = static_cast<std::int64_t>(component.block_count());
    for (std::int64_t b = 0; b < count; ++b)
      visit(std::size_t{0}, b);
    return;
  }
  const std::uint32_t mcus_wide = component_blocks(image.width, 1, image.max_h_factor());
  const std::uint32_t mcus_high = component_blocks(image.height, 1, image.max_v_factor());
  for (std::uint32_t mcu_y = 0; mcu_y < mcus_high; ++mcu_y) {
    for (std::uint32_t mcu_x = 0; mcu_x < mcus_wide; ++mcu_x) {
      for (std::size_t member = 0; member < components.size(); ++member) {
        const Component& component = image.components[static_cast<std::size_t>(components[member])];
        for (std::uint32_t v = 0; v < component.v_factor; ++v) {
          const std::uint32_t y = mcu_y * component.v_factor + v;
          for (std::uint32_t h = 0; h < component.h_factor; ++h) {
            const std::uint32_t x = mcu_x * component.h_factor + h;
            const bool is_inside = x < component.blocks_wide && y < component.blocks_high;
            visit(member, is_inside ? std::int64_t{y} * component.blocks_wide + x : std::int64_t{-1});
          }
        }
      }
    }
  }
}

}  // namespace imgopt::jpeg
