// Huffman codes of DEFLATE blocks: lengths, the description of the codes in a block's header, exact sizes.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "worker/png/deflate_symbols.hpp"

namespace imgopt::png {

// How often each symbol occurs in a block; end of block included.
struct SymbolCounts {
  std::array<std::uint32_t, k_length_symbols> lengths{};
  std::array<std::uint32_t, k_distance_symbols> distances{};

  void add(const Token& token) {
    if (token.length == 0) {
      ++lengths[token.value];
    } else {
      ++lengths[k_length_codes[token.length].symbol];
      ++distances[distance_symbol(token.value)];
    }
  }

  void add(const SymbolCounts& other);
  void add_half(const SymbolCounts& other);
};

[[nodiscard]] SymbolCounts count_symbols(std::span<const Token> tokens);

// Bits beside the codes: the extra bits of lengths and distances.
[[nodiscard]] std::uint64_t extra_bits(const SymbolCounts& counts);

// Optimal code lengths of at most `limit` bits; 0 for symbols that do not occur. Two symbols at least get a
// code where `counts` has none or one, as some decoders demand.
void build_code_lengths(std::span<const std::uint32_t> counts, int limit, std::span<std::uint8_t> lengths);

// The canonical codes for `lengths`, bits reversed, as they are written.
void build_codes(std::span<const std::uint8_t> lengths, std::span<std::uint16_t> codes);

// A code of a block and how its header says it.
struct BlockCode {
  // Two more than occur: the fixed code has places for them.
  std::array<std::uint8_t, k_length_symbols + 2> length_lengths{};
  std::array<std::uint8_t, k_distance_symbols> distance_lengths{};

  // The header after the block type: HLIT, HDIST, HCLEN, then the run-length coded lengths.
  struct HeaderSymbol {
    std::uint8_t symbol;  // 0..18
    std::uint8_t extra;
  };
  unsigned length_count = 257;  // HLIT + 257
  unsigned distance_count = 1;  // HDIST + 1
  unsigned header_lengths = 4;  // HCLEN + 4
  std::array<std::uint8_t, 19> header_code_lengths{};
  std::vector<HeaderSymbol> header;

  std::uint64_t header_bits = 0;  // without the three bits of every block
  std::uint64_t data_bits = 0;

  [[nodiscard]] std::uint64_t bits() const { return 3 + header_bits + data_bits; }
};

enum class CodeEffort : std::uint8_t {
  plain,    // the optimal code, its header in the usual way
  thorough  // also smoothed codes whose header is shorter, and all ways to write it
};

[[nodiscard]] BlockCode build_block_code(const SymbolCounts& counts, CodeEffort effort);

// The fixed code of block type 1.
[[nodiscard]] BlockCode fixed_block_code(const SymbolCounts& counts);

// The order in which the lengths of the header's own code are written.
inline constexpr std::array<std::uint8_t, 19> k_header_order{16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                             11, 4,  12, 3, 13, 2, 14, 1, 15};

}  // namespace imgopt::png
