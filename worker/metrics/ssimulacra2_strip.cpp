#include "worker/metrics/ssimulacra2_strip.hpp"

#include <algorithm>
#include <cmath>

#include "worker/metrics/vectors.hpp"

namespace imgopt::perceptual {
namespace {

// A multiple of 8: rows are blurred by fours from column 8 on.
constexpr std::uint32_t k_strip_columns = 512;

// Columns that stand beside a strip's own for the blur.
constexpr std::size_t k_margin = round_up_to_widest(std::max(k_blur_before, k_blur_after));

// The last `k_kept` rows of an image.
template <std::size_t k_kept>
class RowRing {
public:
  explicit RowRing(std::size_t stride) : m_stride(stride), m_samples(k_kept * stride, 0.0F) {}

  [[nodiscard]] float* row(std::size_t y) { return m_samples.data() + (y % k_kept) * m_stride; }

private:
  std::size_t m_stride;
  AlignedFloats m_samples;
};

// Rows of a strip in XYB, with margins; zeros outside the image.
class XybRows {
public:
  XybRows(const LinearSource& source, StripColumns columns)
      : m_source(source),
        m_stride(round_up_to_widest(columns.columns) + 2 * k_margin),
        m_linear(3 * m_stride, 0.0F),
        m_rings{Ring(m_stride), Ring(m_stride), Ring(m_stride)} {
    const std::size_t before = std::min<std::size_t>(columns.first, k_margin);
    m_first = columns.first - static_cast<std::uint32_t>(before);
    m_begin = k_margin - before;
    m_count = std::min<std::size_t>(before + columns.columns + k_blur_after, source.width() - m_first);
  }

  void load(std::uint32_t y) {
    const RgbRows linear = {m_linear.data(), m_linear.data() + m_stride, m_linear.data() + 2 * m_stride};
    m_source.read(y, m_first, m_count, linear);
    const std::array<const float*, 3> from = {linear[0], linear[1], linear[2]};
    std::array<float*, 3> to{};
    for (std::size_t c = 0; c < 3; ++c)
      to[c] = m_rings[c].row(y) + m_begin;
    kernels().linear_to_xyb(from.data(), m_count, to.data());
    for (float* row : to)
      std::fill(row + m_count, row + round_up_to_widest(m_count), 0.0F);
  }

  // Row `y` of a channel, one of the last five loaded, from its margin on.
  [[nodiscard]] const float* row(std::size_t channel, std::uint32_t y) { return m_rings[channel].row(y); }
  [[nodiscard]] std::size_t stride() const { return m_stride; }

private:
  using Ring = RowRing<k_blur_after + 1>;

  const LinearSource& m_source;
  std::size_t m_stride;
  std::uint32_t m_first = 0;  // first image column that is read
  std::size_t m_begin = 0;    // where it stands in a row here
  std::size_t m_count = 0;
  AlignedFloats m_linear;
  std::array<Ring, 3> m_rings;
};

// What is blurred of a channel.
enum Signal : std::size_t { k_value, k_square, k_product };

// One signal of a strip on its way through both directions of the blur.
class BlurredSignal {
public:
  BlurredSignal(StripColumns columns, std::uint32_t height, RowCarry* row_carries)
      : m_height(height),
        m_padded(round_up_to_widest(columns.columns)),
        m_row_carries(row_carries),
        m_products(m_padded + 2 * k_margin, 0.0F),
        m_rows(m_padded),
        m_zeros(m_padded, 0.0F),
        m_column_carries(m_padded * k_column_carry_floats, 0.0F),
        m_blurred(m_padded, 0.0F) {}

  // The row to be blurred next, from its margin on: as it is, or as product of two.
  void take(const float* row) { m_input = row; }
  void take_product(const float* a, const float* b) {
    float* const products = m_products.data();
    const std::size_t count = m_products.size();
    for (std::size_t x = 0; x < count; ++x)
      products[x] = a[x] * b[x];
    m_input = products;
  }

  [[nodiscard]] const float* input() const { return m_input; }
  [[nodiscard]] float* output(std::uint32_t y) { return m_rows.row(y); }
  [[nodiscard]] float* carry(std::uint32_t y) { return m_row_carries[y].data(); }

  // Goes down one row: the blurred row k_blur_after above `y`, the last one that was put out or, behind the
  // image's end, the one that would be. Nothing of use before y = k_blur_after. Valid until the next call.
  [[nodiscard]] const float* descend(std::uint32_t y) {
    constexpr std::size_t k_apart = k_blur_before + k_blur_after;
    const float* above = y >= k_apart ? m_rows.row(y - k_apart) : m_zeros.data();
    const float* below = y < m_height ? m_rows.row(y) : m_zeros.data();
    kernels().blur_down_columns(above, below, m_padded, m_column_carries.data(), m_blurred.data());
    return m_blurred.data();
  }

private:
  std::uint32_t m_height;
  std::size_t m_padded;
  RowCarry* m_row_carries;
  const float* m_input = nullptr;
  AlignedFloats m_products;
  RowRing<k_blur_before + k_blur_after + 1> m_rows;
  AlignedFloats m_zeros;
  AlignedFloats m_column_carries;
  AlignedFloats m_blurred;
};

// All signals of a strip: of each used channel the values, and of those whose structure is compared the first
// `structure_signals` of Signal.
class StripSignals {
public:
  StripSignals(StripColumns columns, const LinearSource& level, const ChannelUses& uses,
               std::size_t structure_signals, RowCarries& carries)
      : m_part{columns.first, std::size_t{columns.first} + columns.columns, level.width()} {
    for (std::size_t c = 0; c < k_channels; ++c) {
      m_first[c] = m_signals.size();
      const std::size_t count = uses[c] == ChannelUse::structure_and_edges ? structure_signals
                                : uses[c] == ChannelUse::edges             ? 1
                                                                           : 0;
      for (std::size_t signal = 0; signal < count; ++signal)
        m_signals.emplace_back(columns, level.height(), carries.of_signal(c, signal));
    }
  }

  [[nodiscard]] BlurredSignal& of(std::size_t channel, Signal signal) {
    return m_signals[m_first[channel] + signal];
  }

  // Blurs what all signals have taken along row `y`. Together, for two rows cost little more than one.
  void blur_along(std::uint32_t y) {
    constexpr std::size_t k_most = k_channels * 3;
    std::array<const float*, k_most> in{};
    std::array<float*, k_most> carries{};
    std::array<float*, k_most> out{};
    for (std::size_t i = 0; i < m_signals.size(); ++i) {
      in[i] = m_signals[i].input() + k_margin;
      carries[i] = m_signals[i].carry(y);
      out[i] = m_signals[i].output(y);
    }
    kernels().blur_along_rows(in.data(), m_signals.size(), m_part, carries.data(), out.data());
  }

private:
  RowPart m_part;
  std::vector<BlurredSignal> m_signals;
  std::array<std::size_t, k_channels> m_first{};
};

void add(const ErrorLanes& lanes, double& plain, double& fourth) {
  for (std::size_t i = 0; i < k_error_lanes; ++i) {
    plain += static_cast<double>(lanes.plain[i]);
    fourth += static_cast<double>(lanes.fourth[i]);
  }
}

}  // namespace

std::vector<StripColumns> strips_of(std::uint32_t width) {
  std::vector<StripColumns> strips;
  for (std::uint32_t done = 0; done < width; done += strips.back().columns)
    strips.push_back({done, std::min(k_strip_columns, width - done)});
  return strips;
}

ReferenceStrip::ReferenceStrip(const LinearSource& reference, StripColumns columns, const ChannelUses& uses,
                               RowCarries& carries)
    : m_columns(columns),
      m_uses(uses),
      m_height(reference.height()),
      m_padded(round_up_to_widest(columns.columns)),
      m_zeros(m_padded, 0.0F) {
  XybRows rows(reference, columns);
  StripSignals signals(columns, reference, uses, k_square + 1, carries);
  for (std::size_t c = 0; c < k_channels; ++c) {
    if (uses[c] == ChannelUse::structure_and_edges) {
      m_channels[c].values.resize(value_stride() * m_height);
      m_channels[c].means.resize(m_padded * m_height);
      m_channels[c].mean_squares.resize(m_padded * m_height);
    } else if (uses[c] == ChannelUse::edges) {
      m_channels[c].edges.resize(m_padded * m_height);
    }
  }

  for (std::uint32_t y = 0; y < m_height + k_blur_after; ++y) {
    if (y < m_height) {
      rows.load(y);
      for (std::size_t c = 0; c < k_channels; ++c) {
        const float* values = rows.row(c, y);
        if (uses[c] != ChannelUse::nothing)
          signals.of(c, k_value).take(values);
        if (uses[c] == ChannelUse::structure_and_edges) {
          std::copy_n(values, value_stride(), m_channels[c].values.data() + y * value_stride());
          signals.of(c, k_square).take_product(values, values);
        }
      }
      signals.blur_along(y);
    }
    for (std::size_t c = 0; c < k_channels; ++c) {
      if (uses[c] == ChannelUse::nothing)
        continue;
      const bool structure = uses[c] == ChannelUse::structure_and_edges;
      const float* means = signals.of(c, k_value).descend(y);
      const float* mean_squares = structure ? signals.of(c, k_square).descend(y) : nullptr;
      if (y < k_blur_after)
        continue;
      const std::uint32_t finished = y - static_cast<std::uint32_t>(k_blur_after);
      const std::size_t start = finished * m_padded;
      if (structure) {
        std::copy_n(means, m_padded, m_channels[c].means.data() + start);
        std::copy_n(mean_squares, m_padded, m_channels[c].mean_squares.data() + start);
      } else {
        const float* values = rows.row(c, finished) + k_margin;
        for (std::size_t x = 0; x < m_padded; ++x)
          m_channels[c].edges[start + x] = std::abs(values[x] - means[x]);
      }
    }
  }
}

std::size_t ReferenceStrip::value_stride() const {
  return m_padded + 2 * k_margin;
}

BlurredRows ReferenceStrip::rows_of(std::size_t channel, std::uint32_t y) const {
  const Channel& c = m_channels[channel];
  const std::size_t start = y * m_padded;
  if (m_uses[channel] == ChannelUse::edges)
    return {c.edges.data() + start, m_zeros.data(), nullptr};
  return {c.values.data() + y * value_stride() + k_margin, c.means.data() + start,
          c.mean_squares.data() + start};
}

void ReferenceStrip::add_errors(const LinearSource& distorted, RowCarries& carries, LevelSums& sums) const {
  XybRows rows(distorted, m_columns);
  StripSignals signals(m_columns, distorted, m_uses, k_product + 1, carries);
  for (std::uint32_t y = 0; y < m_height + k_blur_after; ++y) {
    if (y < m_height) {
      rows.load(y);
      for (std::size_t c = 0; c < k_channels; ++c) {
        const float* values = rows.row(c, y);
        if (m_uses[c] != ChannelUse::nothing)
          signals.of(c, k_value).take(values);
        if (m_uses[c] == ChannelUse::structure_and_edges) {
          signals.of(c, k_square).take_product(values, values);
          signals.of(c, k_product).take_product(values, m_channels[c].values.data() + y * value_stride());
        }
      }
      signals.blur_along(y);
    }
    for (std::size_t c = 0; c < k_channels; ++c) {
      if (m_uses[c] == ChannelUse::nothing)
        continue;
      const bool structure = m_uses[c] == ChannelUse::structure_and_edges;
      BlurredRows second;
      second.means = signals.of(c, k_value).descend(y);
      second.mean_squares = structure ? signals.of(c, k_square).descend(y) : nullptr;
      const float* mean_products = structure ? signals.of(c, k_product).descend(y) : nullptr;
      if (y < k_blur_after)
        continue;
      const std::uint32_t finished = y - static_cast<std::uint32_t>(k_blur_after);
      second.values = rows.row(c, finished) + k_margin;
      const BlurredRows first = rows_of(c, finished);
      if (structure) {
        ErrorLanes lanes;
        kernels().add_structure_errors(first, second, mean_products, m_columns.columns, lanes);
        add(lanes, sums[c].structure, sums[c].structure_fourth);
      }
      ErrorLanes artifact;
      ErrorLanes detail_lost;
      kernels().add_edge_errors(first, second, m_columns.columns, artifact, detail_lost);
      add(artifact, sums[c].artifact, sums[c].artifact_fourth);
      add(detail_lost, sums[c].detail_lost, sums[c].detail_lost_fourth);
    }
  }
}

}  // namespace imgopt::perceptual
