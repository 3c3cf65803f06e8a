// A small hash table from RGBA colours to palette indices.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

namespace imgopt::png {

// Up to 256 colours, numbered in the order in which they came. Colours are compared as four bytes.
class ColorTable {
public:
  static constexpr int k_full = -1;

  // The index of the colour at `rgba`, added if new; k_full where 256 others are there.
  int add(const std::uint8_t* rgba) {
    std::uint32_t color = 0;
    std::memcpy(&color, rgba, 4);
    std::size_t slot = (color * 2654435761U) >> 22;  // Fibonacci hashing (Knuth, TAOCP 6.4)
    while (m_index[slot] >= 0) {
      if (m_color[slot] == color) {
        return m_index[slot];
      }
      slot = (slot + 1) % k_slots;
    }
    if (m_count == 256) {
      return k_full;
    }
    m_color[slot] = color;
    m_index[slot] = static_cast<std::int16_t>(m_count);
    return m_count++;
  }

  [[nodiscard]] int count() const { return m_count; }

private:
  static constexpr std::size_t k_slots = 1024;

  std::array<std::uint32_t, k_slots> m_color{};
  std::array<std::int16_t, k_slots> m_index = [] {
    std::array<std::int16_t, k_slots> empty{};
    empty.fill(-1);
    return empty;
  }();
  int m_count = 0;
};

}  // namespace imgopt::png
