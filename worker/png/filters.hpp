// Row filters, and strategies that choose one for each row.
#pragma once

#include <cstdint>
#include <cstdlib>

#include "base/bytes.hpp"
#include "worker/png/format.hpp"

namespace imgopt::png {

// The first five are the filter types of the specification, used for every row.
enum class FilterStrategy : std::uint8_t {
  none,
  sub,
  up,
  average,
  paeth,
  min_sum,         // smallest sum of absolute differences
  entropy,         // smallest entropy of bytes
  distinct_pairs,  // fewest different pairs of bytes
  pair_entropy,    // smallest entropy of pairs of bytes
  match_cost       // cheapest in a simulation of DEFLATE that knows all rows before
};

// What becomes of the colour of pixels with alpha 0: left alone, or set to what the row's filter predicts, so
// that its difference is 0.
enum class HiddenColor : std::uint8_t { as_is, predicted };

// The predictor of filter type 4 (PNG specification, third edition, 9.4): of left, above and upper left the
// nearest to left + above - upper left.
[[nodiscard]] inline std::uint8_t paeth_predictor(int left, int above, int corner) {
  const int by_left = std::abs(above - corner);
  const int by_above = std::abs(left - corner);
  const int by_corner = std::abs(left + above - 2 * corner);
  return static_cast<std::uint8_t>(by_left <= by_above && by_left <= by_corner ? left
                                   : by_above <= by_corner                     ? above
                                                                               : corner);
}

// The filtered image data: rows of a filter byte and row_bytes differences.
// HiddenColor::predicted needs lines with alpha_bytes > 0.
[[nodiscard]] Bytes filter_image(const Scanlines& lines, FilterStrategy strategy, HiddenColor hidden);

}  // namespace imgopt::png
