// Characters of names and patterns: UTF-8 where bytes are that, else the bytes themselves.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace imgopt {

// The character at `position`, which moves past it. A byte that is not part of well-formed UTF-8 becomes
// U+DC00 + byte, a surrogate that no well-formed text holds (as PEP 383 does).
inline char32_t next_character(std::string_view text, std::size_t& position) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(position);
  if (lead < 0x80) {
    ++position;
    return lead;
  }
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead >= 0xC2 && lead <= 0xF4 && position + length <= text.size()) {
    char32_t character = lead & (0xFFU >> (length + 1));
    std::size_t i = 1;
    while (i < length && (byte(position + i) & 0xC0) == 0x80) {
      character = character << 6 | (byte(position + i) & 0x3FU);
      ++i;
    }
    constexpr std::array<char32_t, 5> k_smallest{0, 0, 0x80, 0x800, 0x10000};
    const bool is_surrogate = character >= 0xD800 && character <= 0xDFFF;
    if (i == length && character >= k_smallest[length] && character <= 0x10FFFF && !is_surrogate) {
      position += length;
      return character;
    }
  }
  ++position;
  return 0xDC00 + char32_t{lead};
}

}  // namespace imgopt
