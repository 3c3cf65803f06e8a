#include "worker/png/palette.hpp"

#include <algorithm>
#include <deque>
#include <numeric>

#include "worker/png/color_table.hpp"

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
  for (const std::size_t color : order) {
    entries.push_back(colors[color].color);
  }
  put_transparent_first(entries);
  return entries;
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
