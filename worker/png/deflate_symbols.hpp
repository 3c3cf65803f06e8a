// The alphabet of DEFLATE: length and distance codes with their extra bits (RFC 1951, 3.2.5), and tokens.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace imgopt::png {

inline constexpr std::size_t k_window = 32768;
inline constexpr std::uint32_t k_min_match = 3;
inline constexpr std::uint32_t k_max_match = 258;
inline constexpr std::size_t k_length_symbols = 286;  // literals, end of block, lengths
inline constexpr std::size_t k_distance_symbols = 30;
inline constexpr std::size_t k_end_of_block = 256;

struct SymbolCode {
  std::uint16_t symbol;
  std::uint8_t extra_bits;
};

namespace detail {

// From length 11 on each power of two has four codes.
constexpr std::array<SymbolCode, 259> build_length_codes() {
  std::array<SymbolCode, 259> codes{};
  for (unsigned length = k_min_match; length < 259; ++length) {
    const unsigned base = length - k_min_match;
    if (length == k_max_match) {
      codes[length] = {285, 0};
    } else if (base < 8) {
      codes[length] = {static_cast<std::uint16_t>(257 + base), 0};
    } else {
      const auto extra = static_cast<unsigned>(std::bit_width(base)) - 3;
      codes[length] = {static_cast<std::uint16_t>(257 + 4 * extra + (base >> extra)),
                       static_cast<std::uint8_t>(extra)};
    }
  }
  return codes;
}

}  // namespace detail

// Indexed by length, 3..258.
inline constexpr std::array<SymbolCode, 259> k_length_codes = detail::build_length_codes();
static_assert(k_length_codes[10].symbol == 264 && k_length_codes[11].symbol == 265);
static_assert(k_length_codes[257].symbol == 284 && k_length_codes[257].extra_bits == 5);

// Distances are 1..32768; each power of two has two codes.
[[nodiscard]] constexpr unsigned distance_symbol(std::uint32_t distance) {
  const std::uint32_t base = distance - 1;
  if (base < 4) {
    return base;
  }
  const auto extra = static_cast<unsigned>(std::bit_width(base)) - 2;
  return 2 * extra + (base >> extra);
}

[[nodiscard]] constexpr unsigned distance_extra_bits(unsigned symbol) {
  return symbol < 4 ? 0 : symbol / 2 - 1;
}

static_assert(distance_symbol(1) == 0 && distance_symbol(5) == 4 && distance_symbol(32768) == 29);

// A literal (length 0, its byte in `value`) or a match (its distance in `value`).
struct Token {
  std::uint16_t length = 0;
  std::uint16_t value = 0;

  [[nodiscard]] std::size_t covered() const { return length == 0 ? 1U : length; }
};

}  // namespace imgopt::png
