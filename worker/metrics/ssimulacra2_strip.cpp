#include "worker/metrics/ssimulacra2_strip.hpp"

#include <algorithm>

#include "worker/metrics/float4.hpp"
#include "worker/metrics/kernels.hpp"

namespace imgopt::perceptual {
namespace {

// A multiple of 8: rows are blurred by fours from column 8 on.
constexpr std::uint32_t k_strip_columns = 512;

// Columns that stand beside a strip's own for the blur.
constexpr std::size_t k_margin_before = round_up4(k_blur_before);
constexpr std::size_t k_margin_after = round_up4(k_blur_after);
constexpr std::size_t k_margins = k_margin_before + k_margin_after;

// The last `k_kept` rows of an image.
template <std::size_t k_kept>
class RowRing {
public:
  explicit RowRing(std::size_t stride) : m_stride(stride), m_samples(k_kept * stride) {}

  [[nodiscard]] float* row(std::size_t y) { return m_samples.data() + (y % k_kept) * m_stride; }

private:
  std::size_t m_stride;
  std::vector<float> m_samples;
};

// Rows of a strip in XYB, with margins; zeros outside the image.
class XybRows {
public:
  XybRows(const LinearSource& source, StripColumns columns)
      : m_source(source),
        m_stride(round_up4(columns.columns) + k_margins),
        m_linear(3 * m_stride),
        m_rings{Ring(m_stride), Ring(m_stride), Ring(m_stride)} {
    const std::size_t before = std::min<std::size_t>(columns.first, k_margin_before);
    m_first = columns.first - static_cast<std::uint32_t>(before);
    m_begin = k_margin_before - before;
    m_count = std::min<std::size_t>(before + columns.columns + k_margin_after, source.width() - m_first);
  }

  void load(std::uint32_t y) {
    const RgbRows linear = {m_linear.data(), m_linear.data() + m_stride, m_linear.data() + 2 * m_stride};
    m_source.read(y, m_first, m_count, {linear[0] + m_begin, linear[1] + m_begin, linear[2] + m_begin});
    const std::array<float*, 3> rows = {m_rings[0].row(y), m_rings[1].row(y), m_rings[2].row(y)};
    const std::size_t end = m_begin + m_count;
    const std::array<const float*, 3> from = {linear[0] + m_begin, linear[1] + m_begin, linear[2] + m_begin};
    const std::array<float*, 3> to = {rows[0] + m_begin, rows[1] + m_begin, rows[2] + m_begin};
    kernels().linear_to_xyb(from.data(), m_count, to.data());
    for (float* row : rows)
      std::fill(row + end, row + round_up4(end), 0.0F);
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
  std::vector<float> m_linear;
  std::array<Ring, 3> m_rings;
};

// One signal of a strip on its way through both directions of the blur.
class BlurredSignal {
public:
  BlurredSignal(StripColumns columns, const LinearSource& level, RowCarry* row_carries)
      : m_part{columns.first, std::size_t{columns.first} + columns.columns, level.width()},
        m_height(level.height()),
        m_padded(round_up4(columns.columns)),
        m_row_carries(row_carries),
        m_rows(m_padded),
        m_zeros(m_padded),
        m_column_carries(m_padded / k_lanes * k_column_carry_floats),
        m_blurred(m_padded) {}

  // Takes row `y`, given from its margin on.
  void push(std::uint32_t y, const float* row) {
    kernels().blur_along_row(row + k_margin_before, m_part, m_row_carries[y].data(), m_rows.row(y));
  }

  // Goes down one row: the blurred row k_blur_after above `y`, the last one pushed or, behind the image's
  // end, the one that would be. Nothing of use before y = k_blur_after. Valid until the next call.
  [[nodiscard]] const float* pull(std::uint32_t y) {
    constexpr std::size_t k_apart = k_blur_before + k_blur_after;
    const float* above = y >= k_apart ? m_rows.row(y - k_apart) : m_zeros.data();
    const float* below = y < m_height ? m_rows.row(y) : m_zeros.data();
    kernels().blur_down_columns(above, below, m_padded, m_column_carries.data(), m_blurred.data());
    return m_blurred.data();
  }

private:
  RowPart m_part;
  std::uint32_t m_height;
  std::size_t m_padded;
  RowCarry* m_row_carries;
  RowRing<k_blur_before + k_blur_after + 1> m_rows;
  std::vector<float> m_zeros;
  std::vector<float> m_column_carries;
  std::vector<float> m_blurred;
};

void multiply_row(const float* a, const float* b, std::size_t count, float* out) {
  for (std::size_t x = 0; x < count; x += k_lanes)
    store4(out + x, load4(a + x) * load4(b + x));
}

// A map's values and fourth powers, summed over the pixels of a row.
struct RowSum {
  Float4 plain{};
  Float4 fourth{};

  void add(Float4 error) {
    const Float4 square = error * error;
    plain += error;
    fourth += square * square;
  }
  void move_to(double& plain_total, double& fourth_total) const {
    plain_total += sum4(plain);
    fourth_total += sum4(fourth);
  }
};

struct RowSums {
  RowSum structure, artifact, detail_lost;

  void add_structure(Float4 mean1, Float4 mean2, Float4 square1, Float4 square2, Float4 product,
                     Int4 inside) {
    constexpr float k_c2 = 0.0009F;
    const Float4 apart = mean1 - mean2;
    const Float4 mean_part = splat4(1.0F) - apart * apart;
    const Float4 covariance = splat4(2.0F) * (product - mean1 * mean2) + splat4(k_c2);
    const Float4 variances = (square1 - mean1 * mean1) + (square2 - mean2 * mean2) + splat4(k_c2);
    const Float4 error = splat4(1.0F) - mean_part * covariance / variances;
    structure.add(keep4(max4(error, Float4{}), inside));
  }

  // `edge1` and `edge2`: how far each image is from its own blurred self.
  void add_edges(Float4 edge1, Float4 edge2, Int4 inside) {
    const Float4 gained = keep4((edge2 - edge1) / (splat4(1.0F) + edge1), inside);
    artifact.add(max4(gained, Float4{}));
    detail_lost.add(max4(-gained, Float4{}));
  }

  void move_to(ErrorSums& sums) const {
    structure.move_to(sums.structure, sums.structure_fourth);
    artifact.move_to(sums.artifact, sums.artifact_fourth);
    detail_lost.move_to(sums.detail_lost, sums.detail_lost_fourth);
  }
};

// Calls `visit(x, inside)` for each vector of a row; `inside` has the lanes of existing columns set.
template <typename Visit>
void for_each_vector(std::size_t columns, const Visit& visit) {
  const Int4 all = {-1, -1, -1, -1};
  std::size_t x = 0;
  for (; x + k_lanes <= columns; x += k_lanes)
    visit(x, all);
  if (x < columns) {
    Int4 some{};
    for (std::size_t lane = 0; lane < columns - x; ++lane)
      some[lane] = -1;
    visit(x, some);
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
    : m_columns(columns), m_height(reference.height()), m_padded(round_up4(columns.columns)) {
  XybRows rows(reference, columns);
  const std::size_t window = rows.stride();
  std::vector<float> squares(window);
  std::vector<BlurredSignal> means;
  std::vector<BlurredSignal> mean_squares;
  for (std::size_t c = 0; c < k_channels; ++c) {
    Channel& channel = m_channels[c];
    channel.use = uses[c];
    if (channel.use == ChannelUse::structure_and_edges) {
      channel.values.resize(window * m_height);
      channel.means.resize(m_padded * m_height);
      channel.mean_squares.resize(m_padded * m_height);
    } else if (channel.use == ChannelUse::edges) {
      channel.edges.resize(m_padded * m_height);
    }
    means.emplace_back(columns, reference, carries.of_signal(c, 0));
    mean_squares.emplace_back(columns, reference, carries.of_signal(c, 1));
  }

  const auto load = [&](std::uint32_t y) {
    rows.load(y);
    for (std::size_t c = 0; c < k_channels; ++c) {
      Channel& channel = m_channels[c];
      const float* values = rows.row(c, y);
      if (channel.use != ChannelUse::nothing)
        means[c].push(y, values);
      if (channel.use == ChannelUse::structure_and_edges) {
        std::copy_n(values, window, channel.values.data() + y * window);
        multiply_row(values, values, window, squares.data());
        mean_squares[c].push(y, squares.data());
      }
    }
  };
  for (std::uint32_t y = 0; y < m_height + k_blur_after; ++y) {
    if (y < m_height)
      load(y);
    for (std::size_t c = 0; c < k_channels; ++c) {
      Channel& channel = m_channels[c];
      if (channel.use == ChannelUse::nothing)
        continue;
      const bool structure = channel.use == ChannelUse::structure_and_edges;
      const float* mean = means[c].pull(y);
      const float* mean_square = structure ? mean_squares[c].pull(y) : nullptr;
      if (y < k_blur_after)
        continue;
      const std::uint32_t finished = y - static_cast<std::uint32_t>(k_blur_after);
      const std::size_t start = finished * m_padded;
      if (structure) {
        std::copy_n(mean, m_padded, channel.means.data() + start);
        std::copy_n(mean_square, m_padded, channel.mean_squares.data() + start);
      } else {
        const float* values = rows.row(c, finished) + k_margin_before;
        for (std::size_t x = 0; x < m_padded; x += k_lanes)
          store4(channel.edges.data() + start + x, abs4(load4(values + x) - load4(mean + x)));
      }
    }
  }
}

void ReferenceStrip::add_errors(const LinearSource& distorted, RowCarries& carries, LevelSums& sums) const {
  XybRows rows(distorted, m_columns);
  const std::size_t window = rows.stride();
  std::vector<float> products(window);
  std::vector<BlurredSignal> means;
  std::vector<BlurredSignal> mean_squares;
  std::vector<BlurredSignal> mean_products;
  for (std::size_t c = 0; c < k_channels; ++c) {
    means.emplace_back(m_columns, distorted, carries.of_signal(c, 0));
    mean_squares.emplace_back(m_columns, distorted, carries.of_signal(c, 1));
    mean_products.emplace_back(m_columns, distorted, carries.of_signal(c, 2));
  }

  const auto load = [&](std::uint32_t y) {
    rows.load(y);
    for (std::size_t c = 0; c < k_channels; ++c) {
      const Channel& channel = m_channels[c];
      const float* values = rows.row(c, y);
      if (channel.use != ChannelUse::nothing)
        means[c].push(y, values);
      if (channel.use == ChannelUse::structure_and_edges) {
        multiply_row(values, values, window, products.data());
        mean_squares[c].push(y, products.data());
        multiply_row(channel.values.data() + y * window, values, window, products.data());
        mean_products[c].push(y, products.data());
      }
    }
  };
  for (std::uint32_t y = 0; y < m_height + k_blur_after; ++y) {
    if (y < m_height)
      load(y);
    for (std::size_t c = 0; c < k_channels; ++c) {
      const Channel& channel = m_channels[c];
      if (channel.use == ChannelUse::nothing)
        continue;
      const bool structure = channel.use == ChannelUse::structure_and_edges;
      const float* mean2 = means[c].pull(y);
      const float* square2 = structure ? mean_squares[c].pull(y) : nullptr;
      const float* product = structure ? mean_products[c].pull(y) : nullptr;
      if (y < k_blur_after)
        continue;
      const std::uint32_t finished = y - static_cast<std::uint32_t>(k_blur_after);
      const std::size_t start = finished * m_padded;
      const float* values2 = rows.row(c, finished) + k_margin_before;
      RowSums row_sums;
      if (structure) {
        const float* values1 = channel.values.data() + finished * window + k_margin_before;
        const float* mean1 = channel.means.data() + start;
        const float* square1 = channel.mean_squares.data() + start;
        for_each_vector(m_columns.columns, [&](std::size_t x, Int4 inside) {
          const Float4 m1 = load4(mean1 + x);
          const Float4 m2 = load4(mean2 + x);
          row_sums.add_structure(m1, m2, load4(square1 + x), load4(square2 + x), load4(product + x), inside);
          row_sums.add_edges(abs4(load4(values1 + x) - m1), abs4(load4(values2 + x) - m2), inside);
        });
      } else {
        const float* edges1 = channel.edges.data() + start;
        for_each_vector(m_columns.columns, [&](std::size_t x, Int4 inside) {
          row_sums.add_edges(load4(edges1 + x), abs4(load4(values2 + x) - load4(mean2 + x)), inside);
        });
      }
      row_sums.move_to(sums[c]);
    }
  }
}

}  // namespace imgopt::perceptual
