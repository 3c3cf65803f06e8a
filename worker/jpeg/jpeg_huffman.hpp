// Optimal Huffman tables for JPEG, and the bit writer that stuffs bytes as JPEG wants.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace imgopt::jpeg {

// How often each symbol occurs in a scan.
using SymbolCounts = std::array<std::uint32_t, 256>;

// Code lengths in bits, 0: symbol absent, at most 16. The code of all ones stays free (T.81 C).
using CodeLengths = std::array<std::uint8_t, 256>;

struct HuffmanTable {
  std::array<std::uint8_t, 17> length_counts{};  // [n]: codes of n bits
  std::array<std::uint8_t, 256> symbols{};       // in order of their codes
  int symbol_count = 0;
  std::array<std::uint16_t, 256> codes{};
  CodeLengths lengths{};
};

// The lengths that make the coded scan shortest under the limit of 16 bits (package-merge; Larmore,
// Hirschberg: A fast algorithm for optimal length-limited Huffman codes, 1990).
[[nodiscard]] CodeLengths optimal_code_lengths(const SymbolCounts& counts);

// Bits that the symbols take with optimal lengths and the table in a DHT segment, fast: without the limit of
// 16 bits, which seldom binds.
[[nodiscard]] std::uint64_t estimated_bits(const SymbolCounts& counts);

[[nodiscard]] HuffmanTable build_huffman_table(const CodeLengths& lengths);

// Bits that the symbols take with those lengths; extra bits after the symbols are not counted.
[[nodiscard]] std::uint64_t coded_bits(const SymbolCounts& counts, const CodeLengths& lengths);

// Bits of a table in a DHT segment, without the segment's marker and length.
[[nodiscard]] std::uint64_t table_bits(const CodeLengths& lengths);

// Appends entropy-coded data to a byte vector, a zero byte after each 0xFF.
class BitWriter {
public:
  explicit BitWriter(Bytes& out) : m_out(out) {}

  // `value` has no bits beyond the lower `count`; 0 <= count <= 32.
  void write(std::uint32_t value, unsigned count) {
    m_bits = m_bits << count | value;
    m_count += count;
    if (m_count >= 32)
      write_word();
  }

  // Pads the last byte with ones (T.81 F.1.2.3).
  void finish();

private:
  void write_word();

  Bytes& m_out;
  std::uint64_t m_bits = 0;
  unsigned m_count = 0;
};

}  // namespace imgopt::jpeg
