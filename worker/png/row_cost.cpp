#include "worker/png/row_cost.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "worker/png/deflate_symbols.hpp"

namespace imgopt::png {
namespace {

constexpr std::size_t k_pairs = 65536;
constexpr std::size_t k_steps = 1024;

// Shorter matches are too seldom worth their price to be looked for here.
constexpr std::uint32_t k_shortest = 4;
constexpr unsigned k_hash_bits = 15;
// Counts are halved when their sum passes this, so that costs follow the image.
constexpr std::uint32_t k_count_limit = 1U << 15;
constexpr std::size_t k_update_bytes = 1024;

std::uint32_t load_u32(const std::uint8_t* at) {
  std::uint32_t value = 0;
  std::memcpy(&value, at, 4);
  return value;
}

// The same on every byte order: hashes decide which matches are found.
std::uint32_t hash_of(const std::uint8_t* at) {
  std::uint32_t value = load_u32(at);
  if constexpr (std::endian::native == std::endian::big) {
    value = __builtin_bswap32(value);
  }
  return (value * 2654435761U) >> (32 - k_hash_bits);
}

std::uint32_t match_length(const std::uint8_t* a, const std::uint8_t* b, std::uint32_t most) {
  std::uint32_t length = 0;
  while (length + 8 <= most) {
    std::uint64_t of_a = 0;
    std::uint64_t of_b = 0;
    std::memcpy(&of_a, a + length, 8);
    std::memcpy(&of_b, b + length, 8);
    const std::uint64_t difference = of_a ^ of_b;
    if (difference != 0) {
      const int zeros = std::endian::native == std::endian::little ? std::countr_zero(difference)
                                                                   : std::countl_zero(difference);
      return length + static_cast<std::uint32_t>(zeros) / 8;
    }
    length += 8;
  }
  while (length < most && a[length] == b[length]) {
    ++length;
  }
  return length;
}

}  // namespace

std::uint64_t sum_cost(ByteView row) {
  std::uint64_t sum = 0;
  for (const std::uint8_t byte : row) {
    sum += byte < 128 ? byte : 256U - byte;
  }
  return sum;
}

FrequencyCost::FrequencyCost() : m_step(k_steps), m_seen(k_pairs / 64), m_count(k_pairs) {
  for (std::size_t k = 0; k < k_steps; ++k) {
    m_step[k] = static_cast<std::uint32_t>(m_log.n_log_n(k + 1) - m_log.n_log_n(k));
  }
}

std::uint64_t FrequencyCost::entropy(ByteView row) const {
  // Four histograms, so that runs of one byte do not wait for their own store.
  std::array<std::array<std::uint32_t, 256>, 4> counts{};
  std::size_t i = 0;
  for (; i + 4 <= row.size(); i += 4) {
    ++counts[0][row[i]];
    ++counts[1][row[i + 1]];
    ++counts[2][row[i + 2]];
    ++counts[3][row[i + 3]];
  }
  for (; i < row.size(); ++i) {
    ++counts[0][row[i]];
  }
  std::uint64_t gained = 0;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    gained +=
        m_log.n_log_n(std::uint64_t{counts[0][byte]} + counts[1][byte] + counts[2][byte] + counts[3][byte]);
  }
  return m_log.n_log_n(row.size()) - gained;
}

std::uint64_t FrequencyCost::distinct_pairs(ByteView row) {
  std::uint64_t distinct = 0;
  for (std::size_t i = 1; i < row.size(); ++i) {
    const unsigned pair = static_cast<unsigned>(row[i - 1] << 8) | row[i];
    const std::uint64_t bit = std::uint64_t{1} << (pair % 64);
    distinct += (m_seen[pair / 64] & bit) == 0 ? 1 : 0;
    m_seen[pair / 64] |= bit;
  }
  if (row.size() > m_seen.size()) {
    std::fill(m_seen.begin(), m_seen.end(), 0);
  } else {
    for (std::size_t i = 1; i < row.size(); ++i) {
      m_seen[(static_cast<unsigned>(row[i - 1] << 8) | row[i]) / 64] = 0;
    }
  }
  return distinct;
}

std::uint64_t FrequencyCost::pair_entropy(ByteView row) {
  std::uint64_t gained = 0;
  for (std::size_t i = 1; i < row.size(); ++i) {
    std::uint32_t& count = m_count[static_cast<unsigned>(row[i - 1] << 8) | row[i]];
    gained += m_step[std::min<std::size_t>(count, k_steps - 1)];
    ++count;
  }
  for (std::size_t i = 1; i < row.size(); ++i) {
    m_count[static_cast<unsigned>(row[i - 1] << 8) | row[i]] = 0;
  }
  // No n * log2(n): it is the same for all rows of a length. The bound keeps the result from wrapping.
  return (std::uint64_t{1} << 62) - gained;
}

MatchCost::MatchCost(std::size_t total)
    : m_data(total + 8), m_head(std::size_t{1} << k_hash_bits), m_undo(0) {
  // What filtered rows look like before anything is known: small differences, few matches.
  for (unsigned byte = 0; byte < 256; ++byte) {
    const unsigned magnitude = byte < 128 ? byte : 256 - byte;
    m_length_count[byte] = 1 + 128 / (1 + magnitude);
  }
  for (unsigned symbol = 257; symbol < 286; ++symbol) {
    m_length_count[symbol] = 4;
  }
  m_distance_count.fill(2);
  update_costs();
}

void MatchCost::update_costs() {
  constexpr int shift = 16 - k_log_fraction;
  std::uint64_t total = 0;
  for (const std::uint32_t count : m_length_count) {
    total += count + 1;
  }
  const std::uint32_t whole = m_log.log2(total);
  const auto symbol_cost = [&](std::size_t symbol) {
    return std::clamp<std::uint32_t>((whole - m_log.log2(m_length_count[symbol] + 1)) >> shift,
                                     1U << k_log_fraction, 15U << k_log_fraction);
  };
  for (std::size_t byte = 0; byte < 256; ++byte) {
    m_literal_cost[byte] = symbol_cost(byte);
  }
  std::array<std::uint32_t, 29> length_symbol_cost{};
  for (std::size_t i = 0; i < length_symbol_cost.size(); ++i) {
    length_symbol_cost[i] = symbol_cost(257 + i);
  }
  for (std::size_t length = 3; length <= k_max_match; ++length) {
    const SymbolCode code = k_length_codes[length];
    m_length_cost[length] =
        length_symbol_cost[code.symbol - 257U] + (std::uint32_t{code.extra_bits} << k_log_fraction);
  }
  total = 0;
  for (const std::uint32_t count : m_distance_count) {
    total += count + 1;
  }
  const std::uint32_t all_distances = m_log.log2(total);
  for (unsigned symbol = 0; symbol < 30; ++symbol) {
    const std::uint32_t cost = (all_distances - m_log.log2(m_distance_count[symbol] + 1)) >> shift;
    m_distance_cost[symbol] = cost + (distance_extra_bits(symbol) << k_log_fraction);
  }
  m_bytes_since_update = 0;
}

void MatchCost::insert(std::size_t at) {
  const std::uint32_t slot = hash_of(m_data.data() + at);
  if (!m_counting) {
    m_undo[m_undo_count++] = {slot, m_head[slot]};
  }
  m_head[slot] = static_cast<std::uint32_t>(at + 1);
}

MatchCost::Found MatchCost::find_match(std::size_t at, std::size_t end) const {
  Found best;
  const auto most = static_cast<std::uint32_t>(std::min<std::size_t>(k_max_match, end - at));
  const std::uint8_t* here = m_data.data() + at;
  const std::uint32_t first = load_u32(here);
  const std::uint32_t head = m_head[hash_of(here)];
  if (head != 0) {
    const std::size_t distance = at - (head - 1);
    if (distance <= k_window && load_u32(here - distance) == first) {
      best = {match_length(here, here - distance, most), static_cast<std::uint32_t>(distance)};
    }
  }
  // The row above: regular images repeat there, and its place in the hash may have been overwritten.
  const std::size_t row = m_previous_row;
  if (row != 0 && row <= k_window && row <= at && row != best.distance && load_u32(here - row) == first) {
    const std::uint32_t length = match_length(here, here - row, most);
    if (length > best.length) {
      best = {length, static_cast<std::uint32_t>(row)};
    }
  }
  return best;
}

std::uint64_t MatchCost::parse(std::size_t begin, std::size_t end, std::uint64_t limit) {
  std::uint64_t cost = 0;
  std::size_t at = begin;
  while (at < end && cost < limit) {
    if (at + k_shortest > end) {
      cost += m_literal_cost[m_data[at]];
      m_length_count[m_data[at]] += m_counting ? 1 : 0;
      ++at;
      continue;
    }
    const Found match = find_match(at, end);
    if (match.length >= k_shortest) {
      const unsigned symbol = distance_symbol(match.distance);
      const std::uint32_t match_cost = m_length_cost[match.length] + m_distance_cost[symbol];
      std::uint32_t literals = 0;
      for (std::uint32_t i = 0; i < match.length && literals <= match_cost; ++i) {
        literals += m_literal_cost[m_data[at + i]];
      }
      if (match_cost < literals) {
        cost += match_cost;
        if (m_counting) {
          ++m_length_count[k_length_codes[match.length].symbol];
          ++m_distance_count[symbol];
        }
        const std::size_t stop = std::min(at + match.length, end - k_shortest + 1);
        for (std::size_t i = at; i < stop; ++i) {
          insert(i);
        }
        at += match.length;
        continue;
      }
    }
    cost += m_literal_cost[m_data[at]];
    m_length_count[m_data[at]] += m_counting ? 1 : 0;
    insert(at);
    ++at;
  }
  return cost;
}

std::uint64_t MatchCost::price(ByteView row, std::uint64_t limit) {
  std::copy(row.begin(), row.end(), m_data.begin() + static_cast<std::ptrdiff_t>(m_committed));
  if (m_undo.size() < row.size()) {
    m_undo.resize(row.size());
  }
  m_undo_count = 0;
  const std::uint64_t cost = parse(m_committed, m_committed + row.size(), limit);
  while (m_undo_count > 0) {
    --m_undo_count;
    m_head[m_undo[m_undo_count].slot] = m_undo[m_undo_count].head;
  }
  return cost;
}

void MatchCost::commit(ByteView row) {
  std::copy(row.begin(), row.end(), m_data.begin() + static_cast<std::ptrdiff_t>(m_committed));
  m_counting = true;
  static_cast<void>(parse(m_committed, m_committed + row.size(), UINT64_MAX));
  m_counting = false;
  m_committed += row.size();
  m_previous_row = row.size();
  m_bytes_since_update += row.size();
  if (m_bytes_since_update < k_update_bytes) {
    return;
  }
  std::uint64_t total = 0;
  for (const std::uint32_t count : m_length_count) {
    total += count;
  }
  if (total > k_count_limit) {
    for (std::uint32_t& count : m_length_count) {
      count /= 2;
    }
    for (std::uint32_t& count : m_distance_count) {
      count /= 2;
    }
  }
  update_costs();
}

}  // namespace imgopt::png
