// All matches worth considering at every position of the data, found once and kept for repeated parsing.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "worker/png/deflate_symbols.hpp"

namespace imgopt::png {

// A match that is the nearest of its length.
struct Match {
  std::uint16_t length;
  std::uint16_t distance_symbol;
  std::uint16_t distance;
};

// The matches of a range of positions.
struct MatchTable {
  std::vector<Match> matches;
  std::vector<std::uint32_t> first;  // by position from the begin of the range, and one more
  // matches[first[i]] .. matches[first[i + 1]], lengths ascending. A single match of length 258 inside a run
  // stands alone: shorter ones are not worth a look there.

  [[nodiscard]] std::span<const Match> at(std::size_t i) const {
    return std::span(matches).subspan(first[i], first[i + 1] - first[i]);
  }
};

// A binary tree of the last 32768 positions under each hash of four bytes, as in LZMA's bt4, and the latest
// position under each hash of three. Goes through the data once.
class MatchFinder {
public:
  // `depth`: nodes looked at per position. `nice`: a match of this length (at most 258) ends the search.
  MatchFinder(ByteView data, unsigned depth, std::uint32_t nice);

  // The matches at [begin, end); ranges must follow each other from 0 on. Matches may reach beyond `end`.
  void find(std::size_t begin, std::size_t end, MatchTable& table);

private:
  void find_at(std::size_t at, std::vector<Match>& out);

  ByteView m_data;
  unsigned m_depth;
  std::uint32_t m_nice;
  std::vector<std::int32_t> m_head3;
  std::vector<std::int32_t> m_head4;
  std::vector<std::int32_t> m_children;  // two per position of the window
  std::uint32_t m_run_distance = 0;      // of a match of full length at the position before
};

}  // namespace imgopt::png
