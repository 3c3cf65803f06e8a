// Guesses of how well a filtered row will compress, on which the choice of each row's filter rests.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "worker/png/fixed_log.hpp"

namespace imgopt::png {

// All costs: smaller is better; comparable only between rows of the same length.

// Sum of the absolute values of the bytes taken as signed (PNG specification, 12.8).
[[nodiscard]] std::uint64_t sum_cost(ByteView row);

// Costs from the frequencies of bytes or of pairs of bytes within one row.
class FrequencyCost {
public:
  FrequencyCost();

  [[nodiscard]] std::uint64_t entropy(ByteView row) const;
  [[nodiscard]] std::uint64_t distinct_pairs(ByteView row);
  [[nodiscard]] std::uint64_t pair_entropy(ByteView row);

private:
  FixedLog m_log;
  std::vector<std::uint32_t> m_step;   // n_log_n(k + 1) - n_log_n(k)
  std::vector<std::uint64_t> m_seen;   // a bit per pair, all clear between calls
  std::vector<std::uint32_t> m_count;  // a count per pair, all zero between calls
};

// Prices a row as DEFLATE would: greedy matches into everything committed before, the other bytes and the
// matches at the cost of adaptive codes. One object follows one image from top to bottom.
class MatchCost {
public:
  // `total` bytes will be committed at most.
  explicit MatchCost(std::size_t total);

  // In 1/256 bits. The row is not remembered. Ends early, with some price of at least `limit`, where the row
  // costs that much.
  [[nodiscard]] std::uint64_t price(ByteView row, std::uint64_t limit);

  // Appends the row.
  void commit(ByteView row);

private:
  struct Found {
    std::uint32_t length = 0;
    std::uint32_t distance = 0;
  };

  [[nodiscard]] std::uint64_t parse(std::size_t begin, std::size_t end, std::uint64_t limit);
  [[nodiscard]] Found find_match(std::size_t at, std::size_t end) const;
  void insert(std::size_t at);
  void update_costs();

  FixedLog m_log;
  Bytes m_data;  // committed bytes, then the row under consideration
  std::size_t m_committed = 0;
  std::size_t m_previous_row = 0;     // length of the row committed last
  std::vector<std::uint32_t> m_head;  // by hash: 1 + the latest position, 0 for none
  struct Undo {
    std::uint32_t slot;
    std::uint32_t head;
  };
  std::vector<Undo> m_undo;
  std::size_t m_undo_count = 0;
  bool m_counting = false;
  std::array<std::uint32_t, 286> m_length_count{};  // literals, (256 unused), lengths
  std::array<std::uint32_t, 30> m_distance_count{};
  std::array<std::uint32_t, 256> m_literal_cost{};
  std::array<std::uint32_t, 259> m_length_cost{};
  std::array<std::uint32_t, 30> m_distance_cost{};
  std::size_t m_bytes_since_update = 0;
};

}  // namespace imgopt::png
