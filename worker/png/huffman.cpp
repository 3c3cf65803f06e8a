#include "worker/png/huffman.hpp"

#include <algorithm>

namespace imgopt::png {
namespace {

constexpr int k_max_code = 15;
constexpr int k_max_header_code = 7;

// Which repeat codes the header may use; all eight combinations are tried.
struct RepeatCodes {
  bool previous;     // 16: the last length 3 to 6 times
  bool short_zeros;  // 17: 3 to 10 zeros
  bool long_zeros;   // 18: 11 to 138 zeros
};

std::vector<BlockCode::HeaderSymbol> run_length_code(std::span<const std::uint8_t> lengths,
                                                     RepeatCodes allowed) {
  std::vector<BlockCode::HeaderSymbol> out;
  std::size_t i = 0;
  while (i < lengths.size()) {
    const std::uint8_t length = lengths[i];
    std::size_t run = 1;
    while (i + run < lengths.size() && lengths[i + run] == length) {
      ++run;
    }
    i += run;
    if (length == 0) {
      while (run >= 11 && allowed.long_zeros) {
        const std::size_t part = std::min<std::size_t>(run, 138);
        out.push_back({18, static_cast<std::uint8_t>(part - 11)});
        run -= part;
      }
      while (run >= 3 && allowed.short_zeros) {
        const std::size_t part = std::min<std::size_t>(run, 10);
        out.push_back({17, static_cast<std::uint8_t>(part - 3)});
        run -= part;
      }
    }
    if (run >= 4 && allowed.previous) {
      out.push_back({length, 0});
      --run;
      while (run >= 3) {
        // Seven and eight are better split evenly than into six and literals.
        const std::size_t part = run == 7 || run == 8 ? run - 4 : std::min<std::size_t>(run, 6);
        out.push_back({16, static_cast<std::uint8_t>(part - 3)});
        run -= part;
      }
    }
    for (; run > 0; --run) {
      out.push_back({length, 0});
    }
  }
  return out;
}

unsigned header_extra_bits(unsigned symbol) {
  return symbol == 16 ? 2 : symbol == 17 ? 3 : symbol == 18 ? 7 : 0;
}

// Fills in everything about the header of `code`, whose lengths are set.
void describe(BlockCode& code, CodeEffort effort) {
  code.length_count = k_length_symbols;
  while (code.length_count > 257 && code.length_lengths[code.length_count - 1] == 0) {
    --code.length_count;
  }
  code.distance_count = k_distance_symbols;
  while (code.distance_count > 1 && code.distance_lengths[code.distance_count - 1] == 0) {
    --code.distance_count;
  }
  std::array<std::uint8_t, k_length_symbols + k_distance_symbols> all{};
  std::copy_n(code.length_lengths.begin(), code.length_count, all.begin());
  std::copy_n(code.distance_lengths.begin(), code.distance_count, all.begin() + code.length_count);
  const std::span<const std::uint8_t> lengths(all.data(), code.length_count + code.distance_count);

  code.header_bits = UINT64_MAX;
  const unsigned first = effort == CodeEffort::plain ? 7 : 0;
  for (unsigned choice = first; choice < 8; ++choice) {
    auto header = run_length_code(lengths, {(choice & 1U) != 0, (choice & 2U) != 0, (choice & 4U) != 0});
    std::array<std::uint32_t, 19> counts{};
    std::uint64_t bits = 14;
    for (const auto& symbol : header) {
      ++counts[symbol.symbol];
      bits += header_extra_bits(symbol.symbol);
    }
    std::array<std::uint8_t, 19> code_lengths{};
    build_code_lengths(counts, k_max_header_code, code_lengths);
    unsigned written = 19;
    while (written > 4 && code_lengths[k_header_order[written - 1]] == 0) {
      --written;
    }
    bits += 3 * written;
    for (std::size_t symbol = 0; symbol < 19; ++symbol) {
      bits += std::uint64_t{counts[symbol]} * code_lengths[symbol];
    }
    if (bits < code.header_bits) {
      code.header_bits = bits;
      code.header = std::move(header);
      code.header_code_lengths = code_lengths;
      code.header_lengths = written;
    }
  }
}

std::uint64_t measure(const BlockCode& code, const SymbolCounts& counts) {
  std::uint64_t bits = extra_bits(counts);
  for (std::size_t symbol = 0; symbol < k_length_symbols; ++symbol) {
    bits += std::uint64_t{counts.lengths[symbol]} * code.length_lengths[symbol];
  }
  for (std::size_t symbol = 0; symbol < k_distance_symbols; ++symbol) {
    bits += std::uint64_t{counts.distances[symbol]} * code.distance_lengths[symbol];
  }
  return bits;
}

// Makes neighbours of nearly the same count have the same, so that their code lengths form runs; symbols that
// do not occur get codes where that makes runs longer. What runs already stays. (After zopfli's optimisation
// of counts for run-length coding.)
void smooth(std::span<std::uint32_t> counts, std::uint32_t tolerance) {
  std::size_t size = counts.size();
  while (size > 0 && counts[size - 1] == 0) {
    --size;
  }
  std::vector<bool> settled(size);
  for (std::size_t begin = 0; begin < size;) {
    std::size_t end = begin + 1;
    while (end < size && counts[end] == counts[begin]) {
      ++end;
    }
    if (end - begin >= (counts[begin] == 0 ? 5U : 7U)) {
      std::fill(settled.begin() + static_cast<std::ptrdiff_t>(begin),
                settled.begin() + static_cast<std::ptrdiff_t>(end), true);
    }
    begin = end;
  }
  std::size_t begin = 0;
  std::uint64_t sum = 0;
  std::uint32_t middle = size > 0 ? counts[0] : 0;
  for (std::size_t i = 0; i <= size; ++i) {
    const bool ends = i == size || settled[i] ||
                      (counts[i] > middle ? counts[i] - middle : middle - counts[i]) >= tolerance;
    if (ends) {
      const std::size_t stride = i - begin;
      if (stride >= 4 || (stride >= 3 && sum == 0)) {
        const auto mean = static_cast<std::uint32_t>((sum + stride / 2) / stride);
        std::fill_n(counts.begin() + static_cast<std::ptrdiff_t>(begin), stride,
                    sum == 0 ? 0 : std::max<std::uint32_t>(mean, 1));
      }
      begin = i;
      sum = 0;
      if (i + 3 < size) {
        middle = static_cast<std::uint32_t>(
            (std::uint64_t{counts[i]} + counts[i + 1] + counts[i + 2] + counts[i + 3] + 2) / 4);
      } else if (i < size) {
        middle = counts[i];
      }
    }
    sum += i < size ? counts[i] : 0;
  }
}

}  // namespace

void SymbolCounts::add(const SymbolCounts& other) {
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    lengths[i] += other.lengths[i];
  }
  for (std::size_t i = 0; i < distances.size(); ++i) {
    distances[i] += other.distances[i];
  }
}

void SymbolCounts::add_half(const SymbolCounts& other) {
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    lengths[i] += other.lengths[i] / 2;
  }
  for (std::size_t i = 0; i < distances.size(); ++i) {
    distances[i] += other.distances[i] / 2;
  }
}

SymbolCounts count_symbols(std::span<const Token> tokens) {
  SymbolCounts counts;
  for (const Token& token : tokens) {
    counts.add(token);
  }
  counts.lengths[k_end_of_block] = 1;
  return counts;
}

std::uint64_t extra_bits(const SymbolCounts& counts) {
  std::uint64_t bits = 0;
  for (std::size_t symbol = 265; symbol < 285; ++symbol) {
    bits += std::uint64_t{counts.lengths[symbol]} * ((symbol - 261) / 4);
  }
  for (unsigned symbol = 0; symbol < k_distance_symbols; ++symbol) {
    bits += std::uint64_t{counts.distances[symbol]} * distance_extra_bits(symbol);
  }
  return bits;
}

// Package-merge (L. L. Larmore and D. S. Hirschberg, "A fast algorithm for optimal length-limited Huffman
// codes", 1990): in each of `limit` rounds pairs of the last round's list are merged with the single symbols;
// of the last list the first 2n - 2 items count how deep each symbol lies.
void build_code_lengths(std::span<const std::uint32_t> counts, int limit, std::span<std::uint8_t> lengths) {
  std::fill(lengths.begin(), lengths.end(), 0);
  std::vector<std::uint16_t> symbols;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) {
      symbols.push_back(static_cast<std::uint16_t>(i));
    }
  }
  if (symbols.size() < 2) {
    const std::size_t only = symbols.empty() ? 0 : symbols.front();
    lengths[only] = 1;
    lengths[only == 0 ? 1 : 0] = 1;
    return;
  }
  std::stable_sort(symbols.begin(), symbols.end(),
                   [&](std::uint16_t a, std::uint16_t b) { return counts[a] < counts[b]; });
  const std::size_t n = symbols.size();
  struct Item {
    std::uint64_t weight;
    std::int32_t leaf;  // index into symbols, or -1 for a package of two items of the round before
  };
  std::vector<std::vector<Item>> rounds(static_cast<std::size_t>(limit));
  for (std::size_t round = 0; round < rounds.size(); ++round) {
    std::vector<Item>& items = rounds[round];
    items.reserve(2 * n);
    std::size_t leaf = 0;
    std::size_t package = 0;
    const std::vector<Item>* before = round == 0 ? nullptr : &rounds[round - 1];
    const std::size_t packages = before == nullptr ? 0 : before->size() / 2;
    while (leaf < n || package < packages) {
      const std::uint64_t package_weight =
          package < packages ? (*before)[2 * package].weight + (*before)[2 * package + 1].weight : UINT64_MAX;
      if (leaf < n && counts[symbols[leaf]] <= package_weight) {
        items.push_back({counts[symbols[leaf]], static_cast<std::int32_t>(leaf)});
        ++leaf;
      } else {
        items.push_back({package_weight, -1});
        ++package;
      }
    }
  }
  std::size_t taken = 2 * n - 2;
  for (std::size_t round = rounds.size(); round-- > 0;) {
    std::size_t packages = 0;
    for (std::size_t i = 0; i < taken; ++i) {
      const Item& item = rounds[round][i];
      if (item.leaf >= 0) {
        ++lengths[symbols[static_cast<std::size_t>(item.leaf)]];
      } else {
        ++packages;
      }
    }
    taken = 2 * packages;
  }
}

void build_codes(std::span<const std::uint8_t> lengths, std::span<std::uint16_t> codes) {
  std::array<unsigned, k_max_code + 2> next{};
  for (const std::uint8_t length : lengths) {
    next[length + 1U] += length > 0 ? 1 : 0;
  }
  unsigned code = 0;
  for (std::size_t length = 1; length <= k_max_code; ++length) {
    code = (code + next[length]) << 1;
    next[length] = code;
  }
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    const unsigned length = lengths[i];
    unsigned reversed = 0;
    if (length > 0) {
      const unsigned forward = next[length]++;
      for (unsigned bit = 0; bit < length; ++bit) {
        reversed |= ((forward >> bit) & 1U) << (length - 1 - bit);
      }
    }
    codes[i] = static_cast<std::uint16_t>(reversed);
  }
}

BlockCode build_block_code(const SymbolCounts& counts, CodeEffort effort) {
  constexpr std::array<std::uint32_t, 7> tolerances{0, 4, 2, 3, 6, 10, 20};
  BlockCode best;
  best.header_bits = best.data_bits = UINT64_MAX / 4;
  for (std::size_t i = 0; i < (effort == CodeEffort::plain ? 2 : tolerances.size()); ++i) {
    SymbolCounts smoothed = counts;
    if (tolerances[i] > 0) {
      smooth(smoothed.lengths, tolerances[i]);
      smooth(smoothed.distances, tolerances[i]);
    }
    BlockCode code;
    build_code_lengths(smoothed.lengths, k_max_code, std::span(code.length_lengths).first(k_length_symbols));
    build_code_lengths(smoothed.distances, k_max_code, code.distance_lengths);
    describe(code, effort);
    code.data_bits = measure(code, counts);
    if (code.bits() < best.bits()) {
      best = std::move(code);
    }
  }
  return best;
}

BlockCode fixed_block_code(const SymbolCounts& counts) {
  BlockCode code;
  for (std::size_t symbol = 0; symbol < code.length_lengths.size(); ++symbol) {
    code.length_lengths[symbol] = symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8;
  }
  code.distance_lengths.fill(5);
  code.data_bits = measure(code, counts);
  return code;
}

}  // namespace imgopt::png
