#include "worker/png/palette.hpp"

#include <algorithm>
#include <deque>
#include <numeric>

#include "worker/png/color_table.hpp"
#include "worker/png/fixed_log.hpp"

namespace imgopt::png {
namespace {

std::vector<RgbaEntry> entries_of(std::span<const ColorCount> colors) {
  std::vector<RgbaEntry> entries;
  for (const ColorCount& color : colors) {
    entries.push_back(color.color);
  }
  return entries;
}

void put_transparent_first(std::vector<RgbaEntry>& entries) {
  std::stable_partition(entries.begin(), entries.end(),
                        [](const RgbaEntry& entry) { return entry[3] != 255; });
}

// Rec. 601 weights in thousandths.
int luminance(const RgbaEntry& entry) {
  return 299 * entry[0] + 587 * entry[1] + 114 * entry[2];
}

// How often two colours are side by side or one above the other, as a symmetric matrix.
std::vector<std::uint32_t> count_neighbours(std::span<const ColorCount> colors,
                                            std::span<const RgbaImage> images) {
  const std::size_t n = colors.size();
  std::vector<std::uint32_t> counts(n * n);
  ColorTable table;
  for (const ColorCount& color : colors) {
    table.add(color.color.data());
  }
  for (const RgbaImage& image : images) {
    std::vector<std::uint8_t> above(image.width);
    const std::uint8_t* pixel = image.data.data();
    for (std::uint32_t y = 0; y < image.height; ++y) {
      std::size_t left = 0;
      for (std::uint32_t x = 0; x < image.width; ++x, pixel += 4) {
        const std::size_t index = x > 0 && std::memcmp(pixel, pixel - 4, 4) == 0
                                      ? left
                                      : static_cast<std::size_t>(table.add(pixel));
        if (x > 0 && left != index) {
          ++counts[left * n + index];
          ++counts[index * n + left];
        }
        if (y > 0 && above[x] != index) {
          ++counts[above[x] * n + index];
          ++counts[index * n + above[x]];
        }
        above[x] = static_cast<std::uint8_t>(index);
        left = index;
      }
    }
  }
  return counts;
}

// A palette's order that is changed until no exchange of two entries brings neighbours nearer to each other.
class Arrangement {
public:
  // `counts` as count_neighbours gives them; `entries` are the colours in the order to begin with.
  Arrangement(std::span<const ColorCount> colors, std::span<const std::uint32_t> counts,
              std::vector<RgbaEntry> entries)
      : m_entries(std::move(entries)) {
    const std::size_t n = colors.size();
    std::vector<std::size_t> color_at(n);
    const FixedLog log;
    for (std::size_t place = 0; place < n; ++place) {
      const auto is_there = [&](const ColorCount& color) { return color.color == m_entries[place]; };
      color_at[place] =
          static_cast<std::size_t>(std::find_if(colors.begin(), colors.end(), is_there) - colors.begin());
      m_bits.push_back(log.log2(place + 1));
    }
    // Pairs are known by the place in which a colour began; m_place tells where it is now.
    m_neighbours.resize(n);
    for (std::size_t a = 0; a < n; ++a) {
      m_at.push_back(a);
      m_place.push_back(a);
      for (std::size_t b = 0; b < n; ++b) {
        if (const std::uint32_t count = counts[color_at[a] * n + color_at[b]]; count > 0) {
          m_neighbours[a].push_back({b, count});
        }
      }
    }
  }

  std::vector<RgbaEntry> improve() {
    bool changed = true;
    for (int sweep = 0; changed && sweep < k_most_sweeps; ++sweep) {
      changed = false;
      for (std::size_t i = 0; i < m_at.size(); ++i) {
        for (std::size_t j = i + 1; j < m_at.size(); ++j) {
          // Entries that are not opaque stay in front.
          const bool alike = (m_entries[m_at[i]][3] == 255) == (m_entries[m_at[j]][3] == 255);
          if (alike && bits_saved(m_at[i], m_at[j]) > 0) {
            std::swap(m_at[i], m_at[j]);
            m_place[m_at[i]] = i;
            m_place[m_at[j]] = j;
            changed = true;
          }
        }
      }
    }
    std::vector<RgbaEntry> improved;
    for (const std::size_t color : m_at) {
      improved.push_back(m_entries[color]);
    }
    return improved;
  }

private:
  // Most of what there is to gain is gained in the first few.
  static constexpr int k_most_sweeps = 8;

  struct Neighbour {
    std::size_t color;
    std::uint32_t count;
  };

  // What a step between two places takes, more or less: the bits of its size.
  [[nodiscard]] std::int64_t bits(std::size_t from, std::size_t to) const {
    return m_bits[from < to ? to - from : from - to];
  }

  // Of an exchange of two colours.
  [[nodiscard]] std::int64_t bits_saved(std::size_t a, std::size_t b) const {
    return bits_saved_by_move(a, m_place[b], b) + bits_saved_by_move(b, m_place[a], a);
  }

  // The step to `other`, which moves too, stays as large as it is.
  [[nodiscard]] std::int64_t bits_saved_by_move(std::size_t color, std::size_t to, std::size_t other) const {
    std::int64_t saved = 0;
    for (const Neighbour& neighbour : m_neighbours[color]) {
      const std::size_t place = m_place[neighbour.color];
      if (neighbour.color != other) {
        saved += neighbour.count * (bits(m_place[color], place) - bits(to, place));
      }
    }
    return saved;
  }

  std::vector<RgbaEntry> m_entries;
  std::vector<std::uint32_t> m_bits;                 // of a step of each size
  std::vector<std::vector<Neighbour>> m_neighbours;  // of each colour
  std::vector<std::size_t> m_at;                     // the colour in each place
  std::vector<std::size_t> m_place;                  // of each colour
};

}  // namespace

std::vector<RgbaEntry> order_by_luminance(std::span<const ColorCount> colors) {
  std::vector<RgbaEntry> entries = entries_of(colors);
  std::sort(entries.begin(), entries.end(), [](const RgbaEntry& a, const RgbaEntry& b) {
    const int by = luminance(a) - luminance(b);
    return by != 0 ? by < 0 : a < b;
  });
  // Among the transparent ones alpha says more than colour.
  std::stable_sort(entries.begin(), entries.end(),
                   [](const RgbaEntry& a, const RgbaEntry& b) { return a[3] < b[3]; });
  return entries;
}

std::vector<RgbaEntry> order_by_popularity(std::span<const ColorCount> colors) {
  std::vector<ColorCount> sorted(colors.begin(), colors.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const ColorCount& a, const ColorCount& b) { return a.count > b.count; });
  std::vector<RgbaEntry> entries = entries_of(sorted);
  put_transparent_first(entries);
  return entries;
}

std::vector<RgbaEntry> order_by_neighbours(std::span<const ColorCount> colors,
                                           std::span<const RgbaImage> images) {
  const std::size_t n = colors.size();
  if (n < 3) {
    return order_by_luminance(colors);
  }
  const std::vector<std::uint32_t> counts = count_neighbours(colors, images);
  const auto largest =
      static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
  std::deque<std::size_t> order{largest / n};
  std::vector<bool> placed(n);
  std::vector<std::uint64_t> to_placed(n);  // of each colour: neighbours among those placed
  const auto place = [&](std::size_t color) {
    placed[color] = true;
    for (std::size_t i = 0; i < n; ++i) {
      to_placed[i] += counts[color * n + i];
    }
  };
  place(order.front());
  while (order.size() < n) {
    std::size_t best = n;
    for (std::size_t i = 0; i < n; ++i) {
      if (!placed[i] && (best == n || to_placed[i] > to_placed[best])) {
        best = i;
      }
    }
    // The end of the list to which its neighbours are nearer, weighed by how far they are from the middle.
    std::int64_t balance = 0;
    auto weight = static_cast<std::int64_t>(order.size()) - 1;
    for (const std::size_t color : order) {
      balance += weight * static_cast<std::int64_t>(counts[best * n + color]);
      weight -= 2;
    }
    if (balance > 0) {
      order.push_front(best);
    } else {
      order.push_back(best);
    }
    place(best);
  }
  std::vector<RgbaEntry> entries;
  entries.reserve(order.size());
  for (const std::size_t color : order) {
    entries.push_back(colors[color].color);
  }
  put_transparent_first(entries);
  return entries;
}

std::vector<RgbaEntry> order_by_steps(std::span<const ColorCount> colors, std::span<const RgbaImage> images) {
  return Arrangement(colors, count_neighbours(colors, images), order_by_neighbours(colors, images)).improve();
}

std::vector<RgbaEntry> keep_order(std::span<const ColorCount> colors, std::span<const RgbaEntry> original) {
  std::vector<RgbaEntry> rest = entries_of(colors);
  std::vector<RgbaEntry> entries;
  for (const RgbaEntry& entry : original) {
    const auto found = std::find(rest.begin(), rest.end(), entry);
    if (found != rest.end()) {
      entries.push_back(entry);
      rest.erase(found);
    }
  }
  entries.insert(entries.end(), rest.begin(), rest.end());
  put_transparent_first(entries);
  return entries;
}

}  // namespace imgopt::png
