#include "worker/png/block_split.hpp"

#include <algorithm>
#include <cstdint>
#include <list>

#include "worker/png/fixed_log.hpp"
#include "worker/png/huffman.hpp"

namespace imgopt::png {
namespace {

// Sizes in 1/256 bits.
class BlockEstimate {
public:
  std::uint64_t operator()(const SymbolCounts& counts) const {
    return alphabet(counts.lengths) + alphabet(counts.distances) + k_fixed_header;
  }

private:
  // Measured on headers of real blocks: counts and the code of the code, then per symbol in use and per gap
  // between such symbols.
  static constexpr std::uint64_t k_fixed_header = 60 << k_log_fraction;
  static constexpr std::uint64_t k_symbol_header = 3 << k_log_fraction;
  static constexpr std::uint64_t k_gap_header = 4 << k_log_fraction;

  std::uint64_t alphabet(std::span<const std::uint32_t> counts) const {
    std::uint64_t total = 0;
    std::uint64_t saved = 0;
    std::uint64_t header = 0;
    bool in_gap = false;
    for (const std::uint32_t count : counts) {
      if (count == 0) {
        header += in_gap ? 0 : k_gap_header;
        in_gap = true;
        continue;
      }
      in_gap = false;
      header += k_symbol_header;
      total += count;
      saved += m_log.n_log_n(count);
    }
    return m_log.n_log_n(total) - saved + header;
  }

  FixedLog m_log;
};

struct Piece {
  SymbolCounts counts;
  std::size_t end = 0;
  std::uint64_t size = 0;
  std::int64_t gain = INT64_MIN;  // of merging with the next piece
};

}  // namespace

std::vector<std::size_t> split_blocks(std::span<const Token> tokens, std::size_t piece) {
  const BlockEstimate estimate;
  std::list<Piece> pieces;
  for (std::size_t begin = 0; begin < tokens.size(); begin += piece) {
    const std::size_t size = std::min(piece, tokens.size() - begin);
    Piece next;
    next.counts = count_symbols(tokens.subspan(begin, size));
    next.end = begin + size;
    next.size = estimate(next.counts);
    pieces.push_back(next);
  }
  const auto update = [&](std::list<Piece>::iterator it) {
    const auto after = std::next(it);
    if (after == pieces.end()) {
      it->gain = INT64_MIN;
      return;
    }
    SymbolCounts merged = it->counts;
    merged.add(after->counts);
    it->gain =
        static_cast<std::int64_t>(it->size + after->size) - static_cast<std::int64_t>(estimate(merged));
  };
  for (auto it = pieces.begin(); it != pieces.end(); ++it) {
    update(it);
  }
  while (pieces.size() > 1) {
    const auto best = std::max_element(pieces.begin(), pieces.end(),
                                       [](const Piece& a, const Piece& b) { return a.gain < b.gain; });
    if (best->gain <= 0) {
      break;
    }
    const auto after = std::next(best);
    best->counts.add(after->counts);
    best->end = after->end;
    best->size = estimate(best->counts);
    pieces.erase(after);
    update(best);
    if (best != pieces.begin()) {
      update(std::prev(best));
    }
  }
  std::vector<std::size_t> ends;
  for (const Piece& it : pieces) {
    ends.push_back(it.end);
  }
  return ends;
}

}  // namespace imgopt::png
