#include "worker/pixel_comparison.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

namespace imgopt {

namespace {

using Rgba = std::array<std::uint16_t, 4>;

std::uint16_t sample_at(const PixelView& view, std::size_t index) {
  if (view.bits == 8)
    return static_cast<std::uint16_t>(view.data[index] * 257);
  std::uint16_t value = 0;
  std::memcpy(&value, view.data.data() + index * 2, sizeof(value));
  return value;
}

Rgba pixel_at(const PixelView& view, std::size_t pixel) {
  const std::size_t first = pixel * static_cast<std::size_t>(view.channels);
  Rgba rgba{};
  if (view.channels >= 3)
    rgba = {sample_at(view, first), sample_at(view, first + 1), sample_at(view, first + 2), 65535};
  else
    rgba = {sample_at(view, first), sample_at(view, first), sample_at(view, first), 65535};
  if (view.has_alpha())
    rgba[3] = sample_at(view, first + static_cast<std::size_t>(view.channels) - 1);
  return rgba;
}

struct Sums {
  std::array<double, 4> difference{};
  double pixels = 0;
};

void add(Sums& sums, const Rgba& a, const Rgba& b) {
  for (std::size_t c = 0; c < 3; ++c)
    sums.difference[c] +=
        static_cast<double>(a[c]) * a[3] / 65535.0 - static_cast<double>(b[c]) * b[3] / 65535.0;
  sums.difference[3] += static_cast<double>(a[3]) - b[3];
  sums.pixels += 1;
}

}  // namespace

bool equal_pixels(const PixelView& a, const PixelView& b, TransparentColor hidden) {
  if (a.width != b.width || a.height != b.height || !a.is_consistent() || !b.is_consistent())
    return false;
  if (a.channels == b.channels && a.bits == b.bits &&
      std::equal(a.data.begin(), a.data.end(), b.data.begin()))
    return true;
  const std::size_t pixels = std::size_t{a.width} * a.height;
  for (std::size_t i = 0; i < pixels; ++i) {
    const Rgba left = pixel_at(a, i);
    const Rgba right = pixel_at(b, i);
    const bool invisible = left[3] == 0 && right[3] == 0 && hidden == TransparentColor::rewrite;
    if (left != right && !invisible)
      return false;
  }
  return true;
}

CellDifference cell_difference(const PixelView& a, const PixelView& b, AlphaDepth alpha) {
  const std::uint32_t columns = (a.width + k_comparison_cell - 1) / k_comparison_cell;
  CellDifference result;
  double cells = 0;
  std::vector<Sums> row(columns);
  for (std::uint32_t y = 0; y < a.height; ++y) {
    for (std::uint32_t x = 0; x < a.width; ++x) {
      const std::size_t pixel = std::size_t{y} * a.width + x;
      Rgba left = pixel_at(a, pixel);
      Rgba right = pixel_at(b, pixel);
      if (alpha == AlphaDepth::one_bit && (left[3] < 65535 || right[3] < 65535)) {
        // Where one side's alpha had to become all or nothing, there is nothing to compare.
        left = right = Rgba{};
      }
      add(row[x / k_comparison_cell], left, right);
    }
    if ((y + 1) % k_comparison_cell != 0 && y + 1 != a.height)
      continue;
    for (Sums& sums : row) {
      double largest = 0;
      for (const double difference : sums.difference) {
        const double levels = std::abs(difference) / sums.pixels / 257.0;
        result.mean += levels / 4;
        largest = std::max(largest, levels);
      }
      result.share_large += largest > 64 ? 1 : 0;
      cells += 1;
      sums = Sums{};
    }
  }
  result.mean /= cells;
  result.share_large /= cells;
  return result;
}

}  // namespace imgopt
