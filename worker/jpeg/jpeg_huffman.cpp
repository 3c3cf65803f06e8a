#include "worker/jpeg/jpeg_huffman.hpp"

#include <algorithm>
#include <vector>

namespace imgopt::jpeg {
namespace {

constexpr int k_max_length = 16;

struct Leaf {
  std::uint64_t weight = 0;
  int symbol = 0;
};

}  // namespace

CodeLengths optimal_code_lengths(const SymbolCounts& counts) {
  // A leaf of weight 0 gets one of the longest codes; sorted behind all others of that length it holds the
  // code of all ones, which no symbol may have.
  std::array<Leaf, 257> leaves;
  std::size_t n = 0;
  leaves[n++] = {0, -1};
  for (int symbol = 0; symbol < 256; ++symbol) {
    if (const std::uint32_t count = counts[static_cast<std::size_t>(symbol)]; count != 0)
      leaves[n++] = {count, symbol};
  }
  CodeLengths lengths{};
  if (n == 1)
    return lengths;
  std::stable_sort(leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(n),
                   [](const Leaf& a, const Leaf& b) { return a.weight < b.weight; });

  // Level by level, pairs of the list before are merged with the leaves; is_leaf remembers the order.
  std::array<std::array<bool, 514>, k_max_length> is_leaf;
  std::array<std::uint64_t, 514> list;
  std::size_t list_size = 0;
  for (int level = 0; level < k_max_length; ++level) {
    std::array<std::uint64_t, 514> merged;
    std::size_t leaf = 0;
    std::size_t pair = 0;
    std::size_t size = 0;
    const std::size_t pairs = list_size / 2;
    while (leaf < n || pair < pairs) {
      const bool take_leaf =
          leaf < n && (pair == pairs || leaves[leaf].weight <= list[2 * pair] + list[2 * pair + 1]);
      is_leaf[static_cast<std::size_t>(level)][size] = take_leaf;
      if (take_leaf) {
        merged[size++] = leaves[leaf++].weight;
      } else {
        merged[size++] = list[2 * pair] + list[2 * pair + 1];
        ++pair;
      }
    }
    std::copy_n(merged.begin(), size, list.begin());
    list_size = size;
  }
  std::array<std::uint8_t, 257> leaf_lengths{};
  std::size_t take = 2 * n - 2;
  for (std::size_t level = k_max_length; level-- > 0 && take > 0;) {
    const auto taken_leaves = static_cast<std::size_t>(
        std::count(is_leaf[level].begin(), is_leaf[level].begin() + static_cast<std::ptrdiff_t>(take), true));
    for (std::size_t i = 0; i < taken_leaves; ++i)
      ++leaf_lengths[i];
    take = 2 * (take - taken_leaves);
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (leaves[i].symbol >= 0)
      lengths[static_cast<std::size_t>(leaves[i].symbol)] = leaf_lengths[i];
  }
  return lengths;
}

std::uint64_t estimated_bits(const SymbolCounts& counts) {
  std::array<std::uint32_t, 257> leaves;
  std::size_t n = 0;
  leaves[n++] = 0;  // the code of all ones
  for (const std::uint32_t count : counts) {
    if (count != 0)
      leaves[n++] = count;
  }
  std::sort(leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(n));
  // Huffman's merging with two queues; the bits of all symbols are the sum of all merged weights.
  std::array<std::uint64_t, 257> merged;
  std::size_t leaf = 0;
  std::size_t node = 0;
  std::uint64_t bits = 0;
  for (std::size_t made = 0; made + 1 < n; ++made) {
    std::uint64_t weight = 0;
    for (int i = 0; i < 2; ++i) {
      if (leaf < n && (node == made || leaves[leaf] <= merged[node]))
        weight += leaves[leaf++];
      else
        weight += merged[node++];
    }
    merged[made] = weight;
    bits += weight;
  }
  return bits + 8 * (17 + n - 1);
}

HuffmanTable build_huffman_table(const CodeLengths& lengths) {
  HuffmanTable table;
  table.lengths = lengths;
  std::uint32_t code = 0;
  for (int length = 1; length <= k_max_length; ++length) {
    for (std::size_t symbol = 0; symbol < 256; ++symbol) {
      if (lengths[symbol] != length)
        continue;
      table.symbols[static_cast<std::size_t>(table.symbol_count++)] = static_cast<std::uint8_t>(symbol);
      ++table.length_counts[static_cast<std::size_t>(length)];
      table.codes[symbol] = static_cast<std::uint16_t>(code++);
    }
    code <<= 1;
  }
  return table;
}

std::uint64_t coded_bits(const SymbolCounts& counts, const CodeLengths& lengths) {
  std::uint64_t bits = 0;
  for (std::size_t symbol = 0; symbol < 256; ++symbol)
    bits += std::uint64_t{counts[symbol]} * lengths[symbol];
  return bits;
}

std::uint64_t table_bits(const CodeLengths& lengths) {
  const auto absent = std::count(lengths.begin(), lengths.end(), 0);
  return 8 * (17 + 256 - static_cast<std::uint64_t>(absent));
}

void BitWriter::write_word() {
  m_count -= 32;
  const auto word = static_cast<std::uint32_t>(m_bits >> m_count);
  const std::uint8_t bytes[4] = {static_cast<std::uint8_t>(word >> 24), static_cast<std::uint8_t>(word >> 16),
                                 static_cast<std::uint8_t>(word >> 8), static_cast<std::uint8_t>(word)};
  // No byte is 0xFF where the complement has no zero byte.
  const std::uint32_t inverse = ~word;
  if (((inverse - 0x01010101U) & ~inverse & 0x80808080U) == 0) {
    m_out.insert(m_out.end(), bytes, bytes + 4);
    return;
  }
  for (const std::uint8_t byte : bytes) {
    m_out.push_back(byte);
    if (byte == 0xFF)
      m_out.push_back(0);
  }
}

void BitWriter::finish() {
  const unsigned pad = (8 - m_count % 8) % 8;
  write((1U << pad) - 1, pad);
  while (m_count > 0) {
    m_count -= 8;
    const auto byte = static_cast<std::uint8_t>(m_bits >> m_count);
    m_out.push_back(byte);
    if (byte == 0xFF)
      m_out.push_back(0);
  }
}

}  // namespace imgopt::jpeg
