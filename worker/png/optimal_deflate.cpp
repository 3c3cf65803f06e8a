#include "worker/png/optimal_deflate.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <optional>

#include "worker/png/block_split.hpp"
#include "worker/png/huffman.hpp"
#include "worker/png/match_finder.hpp"
#include "worker/png/symbol_costs.hpp"

namespace imgopt::png {
namespace {

// Data is parsed in segments of this size, which bounds memory; blocks do not cross them.
constexpr std::size_t k_segment = std::size_t{1} << 20;

class BitWriter {
public:
  explicit BitWriter(Bytes& out) : m_out(out) {}

  void put(std::uint32_t bits, unsigned count) {
    m_pending |= std::uint64_t{bits} << m_count;
    m_count += count;
    while (m_count >= 8) {
      m_out.push_back(static_cast<std::uint8_t>(m_pending));
      m_pending >>= 8;
      m_count -= 8;
    }
  }

  void align() {
    if (m_count > 0) {
      put(0, 8 - m_count);
    }
  }

  [[nodiscard]] unsigned bits_in_last_byte() const { return m_count; }

private:
  Bytes& m_out;
  std::uint64_t m_pending = 0;
  unsigned m_count = 0;
};

// Guess before anything is parsed: literals as frequent as bytes are, matches at what they commonly cost.
SymbolCounts guess_counts(ByteView data) {
  SymbolCounts counts;
  for (const std::uint8_t byte : data) {
    ++counts.lengths[byte];
  }
  const auto common = static_cast<std::uint32_t>(data.size() / 64 + 1);
  for (std::size_t symbol = 257; symbol < k_length_symbols; ++symbol) {
    counts.lengths[symbol] = common;
  }
  counts.distances.fill(1);
  return counts;
}

// One segment: finds its matches and turns it into blocks.
class SegmentParser {
public:
  SegmentParser(ByteView segment, const MatchTable& table, unsigned nice)
      : m_data(segment), m_table(table), m_nice(nice) {
    m_cost.resize(segment.size() + 1);
    m_choice.resize(segment.size());
  }

  // The cheapest tokens for [begin, end).
  std::vector<Token> parse(std::size_t begin, std::size_t end, const SymbolCosts& costs) {
    m_cost[end] = 0;
    for (std::size_t at = end; at-- > begin;) {
      std::uint32_t best = costs.literal[m_data[at]] + m_cost[at + 1];
      Token choice{0, m_data[at]};
      const auto most = static_cast<std::uint32_t>(std::min<std::size_t>(k_max_match, end - at));
      const auto matches = m_table.at(at);
      // Where the longest is long enough, or a full-length match alone stands inside a run (see MatchTable),
      // only whole matches are considered.
      const bool whole = !matches.empty() && (matches.back().length >= m_nice ||
                                              (matches.size() == 1 && matches[0].length == k_max_match));
      std::uint32_t length = k_min_match;
      for (const Match& match : matches) {
        const std::uint32_t distance_cost = costs.distance[match.distance_symbol];
        const std::uint32_t last = std::min<std::uint32_t>(match.length, most);
        for (length = whole ? std::max(last, length) : length; length <= last; ++length) {
          const std::uint32_t cost = distance_cost + costs.length[length] + m_cost[at + length];
          if (cost < best) {
            best = cost;
            choice = {static_cast<std::uint16_t>(length), match.distance};
          }
        }
      }
      m_cost[at] = best;
      m_choice[at] = choice;
    }
    std::vector<Token> tokens;
    for (std::size_t at = begin; at < end; at += tokens.back().covered()) {
      tokens.push_back(m_choice[at]);
    }
    return tokens;
  }

  // Tokens for the whole segment, found without a look at what follows but for one byte: of each position the
  // longest match, unless the next one has a longer. They tell frequencies and where these change.
  std::vector<Token> parse_quickly(const SymbolCosts& costs) const {
    std::vector<Token> tokens;
    Token here = longest_at(0, costs);
    for (std::size_t at = 0; at < m_data.size();) {
      const Token after =
          here.length == 0 || here.length >= k_surely_long ? Token{} : longest_at(at + 1, costs);
      const bool deferred = after.length > here.length;
      tokens.push_back(deferred ? Token{0, m_data[at]} : here);
      at += tokens.back().covered();
      here = deferred ? after : longest_at(at, costs);
    }
    return tokens;
  }

private:
  // Matches of this length are taken without a look at the next position.
  static constexpr std::uint32_t k_surely_long = 32;
  // Matches shorter than this may cost more than their literals.
  static constexpr std::uint32_t k_surely_cheap = 8;

  Token longest_at(std::size_t at, const SymbolCosts& costs) const {
    if (at >= m_data.size()) {
      return {};
    }
    const Token literal{0, m_data[at]};
    const auto matches = m_table.at(at);
    const auto most = static_cast<std::uint32_t>(std::min<std::size_t>(k_max_match, m_data.size() - at));
    if (matches.empty() || most < k_min_match) {
      return literal;
    }
    const Match& match = matches.back();
    const std::uint32_t length = std::min<std::uint32_t>(match.length, most);
    if (length < k_surely_cheap) {
      std::uint32_t literals = 0;
      for (const std::uint8_t byte : m_data.subspan(at, length)) {
        literals += costs.literal[byte];
      }
      if (literals <= costs.distance[match.distance_symbol] + costs.length[length]) {
        return literal;
      }
    }
    return {static_cast<std::uint16_t>(length), match.distance};
  }

  ByteView m_data;
  const MatchTable& m_table;
  std::uint32_t m_nice;
  std::vector<std::uint32_t> m_cost;  // from each position to the end of the block
  std::vector<Token> m_choice;
};

struct Block {
  std::size_t begin = 0;  // bytes of the segment
  std::size_t end = 0;
  std::vector<Token> tokens;
  std::uint64_t bits = 0;  // with a plain code of its own
};

// Throws symbol counts about, to get away from a parse that is only locally the best. A fixed sequence: the
// same block gives the same result.
class Shaker {
public:
  void shake(SymbolCounts& counts) {
    shake(std::span<std::uint32_t>(counts.lengths));
    shake(std::span<std::uint32_t>(counts.distances));
    counts.lengths[k_end_of_block] = 1;
  }

private:
  void shake(std::span<std::uint32_t> counts) {
    for (std::uint32_t& count : counts) {
      if (next() % 3 == 0) {
        count = counts[next() % counts.size()];
      }
    }
  }

  std::uint32_t next() {
    m_state = m_state * 1664525U + 1013904223U;  // Numerical Recipes' linear congruential generator
    return m_state >> 16;
  }

  std::uint32_t m_state = 1;
};

// Parses a block again and again under the costs that the last parse gave.
void refine(SegmentParser& parser, Block& block, unsigned passes) {
  SymbolCounts counts = count_symbols(block.tokens);
  BlockCode code = build_block_code(counts, CodeEffort::plain);
  block.bits = code.bits();
  Shaker shaker;
  bool shaken = false;
  std::uint64_t last_bits = 0;
  for (unsigned pass = 0; pass < passes; ++pass) {
    // Fractional costs lead to a better parse, those of the real code then fit it to that.
    const bool real = pass % 4 == 3;
    std::vector<Token> tokens =
        parser.parse(block.begin, block.end, real ? code_costs(code) : entropy_costs(counts));
    const SymbolCounts before = counts;
    counts = count_symbols(tokens);
    code = build_block_code(counts, CodeEffort::plain);
    const std::uint64_t bits = code.bits();
    if (bits < block.bits) {
      block.bits = bits;
      block.tokens = std::move(tokens);
    }
    if (bits == last_bits || (pass % 5 == 4 && bits > block.bits)) {
      counts = count_symbols(block.tokens);
      code = build_block_code(counts, CodeEffort::plain);
      shaker.shake(counts);
      shaken = true;
      last_bits = 0;
      continue;
    }
    if (shaken) {
      // Halfway only: full steps would fall back to where the shaking began.
      counts.add_half(before);
    }
    last_bits = bits;
  }
}

std::vector<Block> make_blocks(std::span<const Token> tokens, std::size_t piece) {
  std::vector<Block> blocks;
  std::size_t token = 0;
  std::size_t at = 0;
  for (const std::size_t end : split_blocks(tokens, piece)) {
    Block block;
    block.begin = at;
    block.tokens.assign(tokens.begin() + static_cast<std::ptrdiff_t>(token),
                        tokens.begin() + static_cast<std::ptrdiff_t>(end));
    for (; token < end; ++token) {
      at += tokens[token].covered();
    }
    block.end = at;
    blocks.push_back(std::move(block));
  }
  return blocks;
}

std::uint64_t total_bits(std::span<const Block> blocks) {
  std::uint64_t bits = 0;
  for (const Block& block : blocks) {
    bits += block.bits;
  }
  return bits;
}

std::vector<Block> parse_segment(ByteView segment, const MatchTable& table, const DeflateEffort& effort) {
  SegmentParser parser(segment, table, effort.nice);
  std::vector<Token> tokens = parser.parse_quickly(entropy_costs(guess_counts(segment)));
  for (unsigned parse = 0; parse < effort.whole; ++parse) {
    tokens = parser.parse(0, segment.size(), entropy_costs(count_symbols(tokens)));
  }
  std::vector<Block> best;
  std::uint64_t best_bits = UINT64_MAX;
  // Small images need fine bounds; in large ones fine pieces merge badly, their counts being too few.
  const std::size_t piece = std::clamp<std::size_t>(tokens.size() / 256, 64, 1024);
  for (unsigned split = 0; split < effort.splits; ++split) {
    std::vector<Block> blocks = make_blocks(tokens, piece);
    for (Block& block : blocks) {
      refine(parser, block, effort.passes);
    }
    const std::uint64_t bits = total_bits(blocks);
    tokens.clear();
    for (const Block& block : blocks) {
      tokens.insert(tokens.end(), block.tokens.begin(), block.tokens.end());
    }
    if (bits >= best_bits) {
      break;
    }
    best_bits = bits;
    best = std::move(blocks);
  }
  return best;
}

void write_tokens(BitWriter& out, std::span<const Token> tokens, const BlockCode& code) {
  std::array<std::uint16_t, k_length_symbols + 2> length_codes{};
  std::array<std::uint16_t, k_distance_symbols> distance_codes{};
  build_codes(code.length_lengths, length_codes);
  build_codes(code.distance_lengths, distance_codes);
  for (const Token& token : tokens) {
    if (token.length == 0) {
      out.put(length_codes[token.value], code.length_lengths[token.value]);
      continue;
    }
    const SymbolCode length = k_length_codes[token.length];
    out.put(length_codes[length.symbol], code.length_lengths[length.symbol]);
    out.put((token.length - k_min_match) & ((1U << length.extra_bits) - 1), length.extra_bits);
    const unsigned distance = distance_symbol(token.value);
    out.put(distance_codes[distance], code.distance_lengths[distance]);
    const unsigned extra = distance_extra_bits(distance);
    out.put((token.value - 1U) & ((1U << extra) - 1), extra);
  }
  out.put(length_codes[k_end_of_block], code.length_lengths[k_end_of_block]);
}

void write_header(BitWriter& out, const BlockCode& code) {
  out.put(code.length_count - 257, 5);
  out.put(code.distance_count - 1, 5);
  out.put(code.header_lengths - 4, 4);
  for (unsigned i = 0; i < code.header_lengths; ++i) {
    out.put(code.header_code_lengths[k_header_order[i]], 3);
  }
  std::array<std::uint16_t, 19> codes{};
  build_codes(code.header_code_lengths, codes);
  for (const BlockCode::HeaderSymbol& symbol : code.header) {
    out.put(codes[symbol.symbol], code.header_code_lengths[symbol.symbol]);
    const unsigned extra = symbol.symbol == 16 ? 2 : symbol.symbol == 17 ? 3 : symbol.symbol == 18 ? 7 : 0;
    out.put(symbol.extra, extra);
  }
}

// Stored blocks hold 65535 bytes at most.
void write_stored(BitWriter& out, Bytes& bytes, ByteView data, bool last) {
  do {
    const std::size_t size = std::min<std::size_t>(data.size(), 65535);
    out.put(last && size == data.size() ? 1 : 0, 1);
    out.put(0, 2);
    out.align();
    out.put(static_cast<std::uint32_t>(size), 16);
    out.put(static_cast<std::uint32_t>(size) ^ 0xffffU, 16);
    bytes.insert(bytes.end(), data.begin(), data.begin() + static_cast<std::ptrdiff_t>(size));
    data = data.subspan(size);
  } while (!data.empty());
}

// Fixed codes win only where a header weighs as much as data.
constexpr std::size_t k_fixed_limit = 4096;

void write_block(BitWriter& out, Bytes& bytes, SegmentParser& parser, const Block& block, ByteView segment,
                 bool last) {
  const BlockCode code = build_block_code(count_symbols(block.tokens), CodeEffort::thorough);
  std::uint64_t bits = code.bits();
  std::optional<std::vector<Token>> fixed_tokens;
  if (block.end - block.begin <= k_fixed_limit) {
    std::vector<Token> tokens = parser.parse(block.begin, block.end, fixed_costs());
    const std::uint64_t fixed_bits = fixed_block_code(count_symbols(tokens)).bits();
    if (fixed_bits < bits) {
      bits = fixed_bits;
      fixed_tokens = std::move(tokens);
    }
  }
  const std::size_t size = block.end - block.begin;
  if (size * 8 + (size / 65535 + 1) * 40 < bits) {
    write_stored(out, bytes, segment.subspan(block.begin, size), last);
    return;
  }
  out.put(last ? 1 : 0, 1);
  if (fixed_tokens) {
    out.put(1, 2);
    write_tokens(out, *fixed_tokens, fixed_block_code({}));
    return;
  }
  out.put(2, 2);
  write_header(out, code);
  write_tokens(out, block.tokens, code);
}

}  // namespace

Bytes deflate_optimally(ByteView data, const DeflateEffort& effort) {
  // CM 8 with a 32 KB window, FLEVEL 3, and the check bits for it (RFC 1950).
  Bytes out{0x78, 0xda};
  BitWriter bits(out);
  MatchFinder finder(data, effort.depth, effort.nice);
  MatchTable table;
  std::size_t begin = 0;
  do {
    const std::size_t size = std::min(k_segment, data.size() - begin);
    const ByteView segment = data.subspan(begin, size);
    finder.find(begin, begin + size, table);
    SegmentParser parser(segment, table, effort.nice);
    const std::vector<Block> blocks = parse_segment(segment, table, effort);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const bool last = begin + size == data.size() && i + 1 == blocks.size();
      write_block(bits, out, parser, blocks[i], segment, last);
    }
    begin += size;
  } while (begin < data.size());
  bits.align();
  const std::uint32_t checksum = libdeflate_adler32(1, data.data(), data.size());
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(checksum >> shift));
  }
  return out;
}

}  // namespace imgopt::png
