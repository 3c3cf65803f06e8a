#include "worker/png/match_finder.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace imgopt::png {
namespace {

constexpr unsigned k_hash3_bits = 15;
constexpr unsigned k_hash4_bits = 16;
// More matches of different length at one position hardly ever help; bounds the table.
constexpr std::size_t k_most_matches = 8;
// Repetition of a longer period than this (two pixels of 64 bits) is no run: its positions are entered, since
// later matches want the nearest copy.
constexpr std::uint32_t k_longest_period = 8;

std::uint32_t load_little(const std::uint8_t* at) {
  std::uint32_t value = 0;
  std::memcpy(&value, at, 4);
  if constexpr (std::endian::native == std::endian::big) {
    value = __builtin_bswap32(value);
  }
  return value;
}

std::uint32_t hash3(std::uint32_t four) {
  return ((four << 8) * 506832829U) >> (32 - k_hash3_bits);
}
std::uint32_t hash4(std::uint32_t four) {
  return (four * 2654435761U) >> (32 - k_hash4_bits);
}

std::uint32_t extend(const std::uint8_t* a, const std::uint8_t* b, std::uint32_t length, std::uint32_t most) {
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

MatchFinder::MatchFinder(ByteView data, unsigned depth, std::uint32_t nice)
    : m_data(data),
      m_depth(depth),
      m_nice(std::min(nice, k_max_match)),
      m_head3(std::size_t{1} << k_hash3_bits, -1),
      m_head4(std::size_t{1} << k_hash4_bits, -1),
      m_children(2 * std::bit_ceil(std::clamp<std::size_t>(data.size(), 1, k_window)), -1) {}

void MatchFinder::find(std::size_t begin, std::size_t end, MatchTable& table) {
  table.matches.clear();
  table.first.clear();
  table.first.reserve(end - begin + 1);
  for (std::size_t at = begin; at < end; ++at) {
    table.first.push_back(static_cast<std::uint32_t>(table.matches.size()));
    find_at(at, table.matches);
  }
  table.first.push_back(static_cast<std::uint32_t>(table.matches.size()));
}

void MatchFinder::find_at(std::size_t at, std::vector<Match>& out) {
  const std::size_t left = m_data.size() - at;
  if (left < 4) {
    // Too little for the hashes; a match of three here saves next to nothing.
    m_run_distance = 0;
    return;
  }
  const auto most = static_cast<std::uint32_t>(std::min<std::size_t>(left, k_max_match));
  const std::uint8_t* here = m_data.data() + at;
  const auto position = static_cast<std::int32_t>(at);
  const auto add = [&](std::uint32_t length, std::uint32_t distance) {
    out.push_back({static_cast<std::uint16_t>(length), static_cast<std::uint16_t>(distance_symbol(distance)),
                   static_cast<std::uint16_t>(distance)});
  };

  // Inside a run the same distance gives full length again. Such positions are neither
  // searched nor entered, or runs would cost a walk down the whole tree for each.
  if (m_run_distance != 0 && most == k_max_match &&
      here[k_max_match - 1] == *(here + k_max_match - 1 - m_run_distance)) {
    add(k_max_match, m_run_distance);
    return;
  }
  m_run_distance = 0;

  const std::size_t first = out.size();
  const std::uint32_t four = load_little(here);
  std::uint32_t longest = 2;
  std::int32_t& latest3 = m_head3[hash3(four)];
  if (latest3 >= 0 && at - static_cast<std::size_t>(latest3) <= k_window) {
    const auto distance = static_cast<std::uint32_t>(at - static_cast<std::size_t>(latest3));
    const std::uint8_t* there = here - distance;
    if (there[0] == here[0] && there[1] == here[1] && there[2] == here[2]) {
      longest = 3;
      add(3, distance);
    }
  }
  latest3 = position;

  const std::size_t slots = m_children.size() / 2;  // a power of two
  const auto child = [&](std::int32_t node) {
    return &m_children[2 * (static_cast<std::size_t>(node) & (slots - 1))];
  };
  std::int32_t* smaller = child(position);
  std::int32_t* larger = smaller + 1;
  const std::uint32_t enough = std::min(most, m_nice);
  std::uint32_t smaller_length = 0;
  std::uint32_t larger_length = 0;
  std::int32_t& head = m_head4[hash4(four)];
  std::int32_t node = head;
  head = position;
  for (unsigned depth = m_depth;; --depth) {
    // A node at exactly the window's size shares its slot with this position.
    if (node < 0 || depth == 0 || at - static_cast<std::size_t>(node) >= slots) {
      *smaller = *larger = -1;
      break;
    }
    const auto distance = static_cast<std::uint32_t>(at - static_cast<std::size_t>(node));
    const std::uint8_t* there = here - distance;
    std::int32_t* children = child(node);
    const std::uint32_t length = extend(here, there, std::min(smaller_length, larger_length), enough);
    if (length > longest) {
      longest = length;
      if (out.size() - first == k_most_matches) {
        out.pop_back();
      }
      const std::uint32_t whole = length == enough ? extend(here, there, length, most) : length;
      add(whole, distance);
      if (whole == k_max_match && distance <= k_longest_period) {
        m_run_distance = distance;
      }
    }
    if (length == enough) {
      *smaller = children[0];
      *larger = children[1];
      break;
    }
    if (there[length] < here[length]) {
      *smaller = node;
      smaller = children + 1;
      node = *smaller;
      smaller_length = length;
    } else {
      *larger = node;
      larger = children;
      node = *larger;
      larger_length = length;
    }
  }
}

}  // namespace imgopt::png
