// Base-2 logarithms in integers. Decisions that enter output bytes must not hang on libm, whose last digit
// depends on the processor.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace imgopt::png {

// Fraction bits of every cost here: 256 is one bit.
inline constexpr int k_log_fraction = 8;

namespace detail {

// log2 of n with 16 fraction bits by repeated squaring; 1 <= n < 2^15.
constexpr std::uint32_t exact_log2(std::uint32_t n) {
  const int whole = static_cast<int>(std::bit_width(n)) - 1;
  std::uint64_t x = std::uint64_t{n} << (31 - whole);  // 1.31 fixed point in [1, 2)
  auto result = static_cast<std::uint32_t>(whole) << 16;
  for (std::uint32_t bit = 1U << 15; bit != 0; bit >>= 1) {
    x = (x * x) >> 31;
    if (x >= (std::uint64_t{1} << 32)) {
      result |= bit;
      x >>= 1;
    }
  }
  return result;
}

inline constexpr std::size_t k_log_entries = 2048;

inline const std::array<std::uint32_t, k_log_entries>& log_table() {
  static const std::array<std::uint32_t, k_log_entries> table = [] {
    std::array<std::uint32_t, k_log_entries> values{};
    for (std::uint32_t n = 1; n < k_log_entries; ++n) {
      values[n] = exact_log2(n);
    }
    return values;
  }();
  return table;
}

}  // namespace detail

// log2(n) with 16 fraction bits, n >= 1; beyond 2047 from the leading eleven bits.
class FixedLog {
public:
  FixedLog() : m_table(detail::log_table()) {}

  [[nodiscard]] std::uint32_t log2(std::uint64_t n) const {
    if (n < detail::k_log_entries) {
      return m_table[n];
    }
    const int shift = static_cast<int>(std::bit_width(n)) - 11;
    return m_table[n >> shift] + (static_cast<std::uint32_t>(shift) << 16);
  }

  // n * log2(n) with 8 fraction bits; 0 for 0.
  [[nodiscard]] std::uint64_t n_log_n(std::uint64_t n) const { return n == 0 ? 0 : (n * log2(n)) >> 8; }

private:
  const std::array<std::uint32_t, detail::k_log_entries>& m_table;
};

}  // namespace imgopt::png
