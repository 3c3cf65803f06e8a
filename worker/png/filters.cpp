#include "worker/png/filters.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <vector>

#include "worker/png/row_cost.hpp"

namespace imgopt::png {
namespace {

constexpr std::size_t k_filters = 5;
// Room for the left neighbour of the first pixel; kept zero.
constexpr std::size_t k_padding = 16;

// `row` and `above` have zeros for `bpp` bytes before them.
void apply_filter(std::size_t filter, const std::uint8_t* row, const std::uint8_t* above, std::size_t size,
                  std::size_t bpp, std::uint8_t* __restrict out) {
  const std::uint8_t* left = row - bpp;
  const std::uint8_t* corner = above - bpp;
  switch (filter) {
    case 0:
      std::copy_n(row, size, out);
      return;
    case 1:
      for (std::size_t i = 0; i < size; ++i) {
        out[i] = static_cast<std::uint8_t>(row[i] - left[i]);
      }
      return;
    case 2:
      for (std::size_t i = 0; i < size; ++i) {
        out[i] = static_cast<std::uint8_t>(row[i] - above[i]);
      }
      return;
    case 3:
      for (std::size_t i = 0; i < size; ++i) {
        out[i] = static_cast<std::uint8_t>(row[i] - ((left[i] + above[i]) >> 1));
      }
      return;
    default:
      for (std::size_t i = 0; i < size; ++i) {
        // In 16 bits, so that eight fit a vector register.
        const auto a = static_cast<std::int16_t>(left[i]);
        const auto b = static_cast<std::int16_t>(above[i]);
        const auto c = static_cast<std::int16_t>(corner[i]);
        const auto to_b = static_cast<std::int16_t>(b - c);
        const auto to_a = static_cast<std::int16_t>(a - c);
        const auto to_sum = static_cast<std::int16_t>(to_a + to_b);
        const auto pa = static_cast<std::int16_t>(to_b < 0 ? -to_b : to_b);
        const auto pb = static_cast<std::int16_t>(to_a < 0 ? -to_a : to_a);
        const auto pc = static_cast<std::int16_t>(to_sum < 0 ? -to_sum : to_sum);
        const std::int16_t b_or_c = pb <= pc ? b : c;
        const std::int16_t predicted = ((pa <= pb) & (pa <= pc)) ? a : b_or_c;
        out[i] = static_cast<std::uint8_t>(row[i] - predicted);
      }
  }
}

// Walks over the rows of an image; gives each filtered in the ways asked for and remembers which was chosen,
// because with predicted hidden colours that choice changes what the next row sees above it.
class RowFilter {
public:
  RowFilter(const Scanlines& lines, HiddenColor hidden)
      : m_lines(lines), m_hidden(hidden), m_above(k_padding + lines.row_bytes), m_row(m_above) {
    if (hidden == HiddenColor::predicted) {
      m_rewritten.fill(m_above);
    }
  }

  void begin_row(std::uint32_t y) {
    std::copy_n(m_lines.row(y), m_lines.row_bytes, m_row.begin() + k_padding);
    if (m_hidden == HiddenColor::predicted) {
      find_hidden_pixels();
    }
  }

  // Writes the filter byte and the differences: 1 + row_bytes.
  void filter(std::size_t type, std::uint8_t* out) {
    const Bytes* row = &m_row;
    if (!m_hidden_pixels.empty()) {
      rewrite(type);
      row = &m_rewritten[type];
    }
    out[0] = static_cast<std::uint8_t>(type);
    apply_filter(type, row->data() + k_padding, m_above.data() + k_padding, m_lines.row_bytes,
                 m_lines.pixel_bytes, out + 1);
  }

  // The next row will be below this one as filter(type) left it.
  void end_row(std::size_t type) { m_above.swap(m_hidden_pixels.empty() ? m_row : m_rewritten[type]); }

private:
  void find_hidden_pixels() {
    m_hidden_pixels.clear();
    const std::size_t bpp = m_lines.pixel_bytes;
    const std::size_t color_bytes = bpp - m_lines.alpha_bytes;
    for (std::size_t at = 0; at < m_lines.row_bytes; at += bpp) {
      unsigned alpha = 0;
      for (std::size_t i = color_bytes; i < bpp; ++i) {
        alpha |= m_row[k_padding + at + i];
      }
      if (alpha == 0) {
        m_hidden_pixels.push_back(at);
      }
    }
  }

  void rewrite(std::size_t type) {
    Bytes& rewritten = m_rewritten[type];
    rewritten = m_row;
    const std::size_t bpp = m_lines.pixel_bytes;
    const std::size_t color_bytes = bpp - m_lines.alpha_bytes;
    for (const std::size_t pixel : m_hidden_pixels) {
      for (std::size_t at = k_padding + pixel; at < k_padding + pixel + color_bytes; ++at) {
        const std::uint8_t left = rewritten[at - bpp];
        const std::uint8_t above = m_above[at];
        switch (type) {
          case 0:
            rewritten[at] = 0;
            break;
          case 1:
            rewritten[at] = left;
            break;
          case 2:
            rewritten[at] = above;
            break;
          case 3:
            rewritten[at] = static_cast<std::uint8_t>((left + above) >> 1);
            break;
          default:
            rewritten[at] = paeth_predictor(left, above, m_above[at - bpp]);
        }
      }
    }
  }

  const Scanlines& m_lines;
  HiddenColor m_hidden;
  Bytes m_above;  // padded, as all rows here
  Bytes m_row;
  std::array<Bytes, k_filters> m_rewritten;
  std::vector<std::size_t> m_hidden_pixels;  // byte offsets in the row
};

// The price of one filtered row under a strategy.
class RowJudge {
public:
  RowJudge(FilterStrategy strategy, std::size_t total) : m_strategy(strategy) {
    if (strategy == FilterStrategy::match_cost) {
      m_matches.emplace(total);
    } else if (strategy != FilterStrategy::min_sum) {
      m_frequencies.emplace();
    }
  }

  // `row` begins with its filter byte. A price of `limit` or more need not be exact.
  std::uint64_t price(ByteView row, std::uint64_t limit) {
    const ByteView differences = row.subspan(1);
    switch (m_strategy) {
      case FilterStrategy::min_sum:
        return sum_cost(differences);
      case FilterStrategy::entropy:
        return m_frequencies->entropy(differences);
      case FilterStrategy::distinct_pairs:
        return m_frequencies->distinct_pairs(differences);
      case FilterStrategy::pair_entropy:
        return m_frequencies->pair_entropy(differences);
      default:
        return m_matches->price(row, limit);
    }
  }

  void commit(ByteView row) {
    if (m_matches) {
      m_matches->commit(row);
    }
  }

private:
  FilterStrategy m_strategy;
  std::optional<FrequencyCost> m_frequencies;
  std::optional<MatchCost> m_matches;
};

}  // namespace

Bytes filter_image(const Scanlines& lines, FilterStrategy strategy, HiddenColor hidden) {
  const std::size_t stride = lines.row_bytes + 1;
  Bytes out(stride * lines.rows);
  RowFilter rows(lines, hidden);
  if (static_cast<std::size_t>(strategy) < k_filters) {
    const auto type = static_cast<std::size_t>(strategy);
    for (std::uint32_t y = 0; y < lines.rows; ++y) {
      rows.begin_row(y);
      rows.filter(type, out.data() + y * stride);
      rows.end_row(type);
    }
    return out;
  }
  // MatchCost counts positions in 32 bits.
  if (strategy == FilterStrategy::match_cost && out.size() > UINT32_MAX / 2) {
    strategy = FilterStrategy::entropy;
  }
  RowJudge judge(strategy, out.size());
  Bytes best(stride);
  Bytes candidate(stride);
  std::size_t best_type = 0;
  for (std::uint32_t y = 0; y < lines.rows; ++y) {
    rows.begin_row(y);
    // The filter of the row above first: it is the best for most rows, so others need not be priced to the
    // end.
    const std::size_t first_type = best_type;
    std::uint64_t best_price = UINT64_MAX;
    for (std::size_t i = 0; i < k_filters; ++i) {
      const std::size_t type = i == 0 ? first_type : i <= first_type ? i - 1 : i;
      rows.filter(type, candidate.data());
      // Of equal ones the first in the order of types.
      const std::uint64_t limit = best_price + (type < best_type ? 1 : 0);
      const std::uint64_t price = judge.price(candidate, limit);
      if (price < limit) {
        best_price = price;
        best_type = type;
        best.swap(candidate);
      }
    }
    judge.commit(best);
    std::copy(best.begin(), best.end(), out.begin() + static_cast<std::ptrdiff_t>(y * stride));
    rows.end_row(best_type);
  }
  return out;
}

}  // namespace imgopt::png
