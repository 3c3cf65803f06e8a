#include "worker/metrics/ssimulacra2.hpp"

#include <algorithm>
#include <cmath>
#include <new>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "worker/metrics/linear_light.hpp"
#include "worker/metrics/pixel_pair.hpp"
#include "worker/metrics/ssimulacra2_strip.hpp"
#include "worker/metrics/ssimulacra2_weights.hpp"

namespace imgopt {
namespace {

using perceptual::Background;
using perceptual::LevelNorms;
using perceptual::LevelSums;
using perceptual::LinearImage;
using perceptual::LinearSource;
using perceptual::ReferenceStrip;
using perceptual::RowCarries;

constexpr std::uint32_t k_min_side = 8;
constexpr Background k_dark = {0.1F};
constexpr Background k_light = {0.9F};

// A level is followed by another as long as both its sides have 8 pixels or more.
std::size_t level_count(std::uint32_t width, std::uint32_t height) {
  std::size_t levels = 1;
  while (levels < perceptual::k_max_levels && width >= k_min_side && height >= k_min_side) {
    width = width / 2 + width % 2;
    height = height / 2 + height % 2;
    ++levels;
  }
  return levels;
}

// 16-bit samples that are all 8-bit ones, times 257.
bool fits_8_bits(const PixelView& pixels) {
  if (pixels.bits != 16)
    return false;
  for (std::size_t i = 0; i < pixels.data.size(); i += 2) {
    if (pixels.data[i] != pixels.data[i + 1])
      return false;
  }
  return true;
}

// The pixels themselves, or a copy of those that are too small or need no 16 bits. The latter because one
// rounding of v / 65535 against v / 255 would cost an equal image more than a point.
class ScorablePixels {
public:
  explicit ScorablePixels(const PixelView& pixels) : m_view(pixels) {
    if (fits_8_bits(m_view))
      narrow();
    if (m_view.width < k_min_side || m_view.height < k_min_side)
      enlarge();
  }
  ScorablePixels(const ScorablePixels&) = delete;
  ScorablePixels& operator=(const ScorablePixels&) = delete;

  [[nodiscard]] const PixelView& view() const { return m_view; }

private:
  void narrow() {
    PixelBuffer narrow{m_view.width, m_view.height, m_view.channels, 8, Bytes(m_view.data.size() / 2)};
    for (std::size_t i = 0; i < narrow.data.size(); ++i)
      narrow.data[i] = m_view.data[2 * i];
    keep(std::move(narrow));
  }

  void enlarge() {
    PixelBuffer large{std::max(m_view.width, k_min_side),
                      std::max(m_view.height, k_min_side),
                      m_view.channels,
                      m_view.bits,
                      {}};
    large.data.reserve(large.view().byte_count());
    const std::size_t pixel_bytes = m_view.row_bytes() / m_view.width;
    for (std::uint32_t y = 0; y < large.height; ++y) {
      const auto row =
          m_view.data.subspan(std::min(y, m_view.height - 1) * m_view.row_bytes(), m_view.row_bytes());
      const auto last = row.last(pixel_bytes);
      large.data.insert(large.data.end(), row.begin(), row.end());
      for (std::uint32_t x = m_view.width; x < large.width; ++x)
        large.data.insert(large.data.end(), last.begin(), last.end());
    }
    keep(std::move(large));
  }

  void keep(PixelBuffer buffer) {
    m_buffer = std::move(buffer);
    m_view = m_buffer.view();
  }

  PixelView m_view;
  PixelBuffer m_buffer;
};

// The levels of one image, largest first; only the current one is held.
class Levels {
public:
  Levels(const PixelView& pixels, Background background) : m_source(pixels, background) {}
  Levels(const Levels&) = delete;
  Levels& operator=(const Levels&) = delete;

  [[nodiscard]] const LinearSource& current() const { return m_source; }

  void descend() {
    LinearImage half = perceptual::halve(m_source);
    m_image = std::move(half);
    m_source = LinearSource(m_image);
  }

private:
  LinearImage m_image;
  LinearSource m_source;
};

perceptual::ChannelUses uses_at(std::size_t level, std::size_t levels) {
  perceptual::ChannelUses uses{};
  for (std::size_t c = 0; c < uses.size(); ++c)
    uses[c] = perceptual::channel_use(c, level, levels);
  return uses;
}

LevelNorms norms_of(const LevelSums& sums, const LinearSource& level) {
  const double pixels = static_cast<double>(level.width()) * static_cast<double>(level.height());
  const auto mean = [pixels](double sum) { return sum / pixels; };
  const auto fourth_root = [pixels](double sum) { return std::sqrt(std::sqrt(sum / pixels)); };
  LevelNorms norms{};
  for (std::size_t c = 0; c < norms.size(); ++c)
    norms[c] = {mean(sums[c].structure),
                mean(sums[c].artifact),
                mean(sums[c].detail_lost),
                fourth_root(sums[c].structure_fourth),
                fourth_root(sums[c].artifact_fourth),
                fourth_root(sums[c].detail_lost_fourth)};
  return norms;
}

// The score over one background; `add_errors(level, sums)` adds what all strips of a level contribute and may
// prepare the next.
template <typename AddErrors>
double score_levels(const PixelView& distorted, Background background, const AddErrors& add_errors) {
  const std::size_t count = level_count(distorted.width, distorted.height);
  Levels levels(distorted, background);
  std::vector<LevelNorms> norms;
  for (std::size_t level = 0; level < count; ++level) {
    if (level > 0)
      levels.descend();
    LevelSums sums{};
    add_errors(level, levels.current(), sums);
    norms.push_back(norms_of(sums, levels.current()));
  }
  return perceptual::score_of(norms);
}

// What a reference keeps over one background: the strips of each level.
using Pyramid = std::vector<std::vector<ReferenceStrip>>;

Pyramid build_pyramid(const PixelView& reference, Background background) {
  const std::size_t count = level_count(reference.width, reference.height);
  Levels levels(reference, background);
  Pyramid pyramid(count);
  for (std::size_t level = 0; level < count; ++level) {
    if (level > 0)
      levels.descend();
    RowCarries carries(levels.current().height());
    for (const auto columns : perceptual::strips_of(levels.current().width()))
      pyramid[level].emplace_back(levels.current(), columns, uses_at(level, count), carries);
  }
  return pyramid;
}

double score_against(const Pyramid& pyramid, const PixelView& distorted, Background background) {
  return score_levels(distorted, background,
                      [&](std::size_t level, const LinearSource& source, LevelSums& sums) {
                        RowCarries carries(source.height());
                        for (const ReferenceStrip& strip : pyramid[level])
                          strip.add_errors(source, carries, sums);
                      });
}

// The same without a pyramid: each strip of the reference lives only while it is compared.
double score_once(const PixelView& reference, const PixelView& distorted, Background background) {
  const std::size_t count = level_count(reference.width, reference.height);
  Levels levels(reference, background);
  return score_levels(distorted, background,
                      [&](std::size_t level, const LinearSource& source, LevelSums& sums) {
                        if (level > 0)
                          levels.descend();
                        RowCarries reference_carries(source.height());
                        RowCarries carries(source.height());
                        for (const auto columns : perceptual::strips_of(source.width()))
                          ReferenceStrip(levels.current(), columns, uses_at(level, count), reference_carries)
                              .add_errors(source, carries, sums);
                      });
}

tl::unexpected<Error> out_of_memory() {
  return fail(ErrorCode::limit_exceeded, "compare: not enough memory for this image size");
}

}  // namespace

Result<double> ssimulacra2(const PixelView& reference, const PixelView& distorted) try {
  IMGOPT_TRY(check_pixel_pair(reference, distorted));
  const ScorablePixels first(reference);
  const ScorablePixels second(distorted);
  const double score = score_once(first.view(), second.view(), k_dark);
  if (is_opaque(reference) && is_opaque(distorted))
    return score;
  return std::min(score, score_once(first.view(), second.view(), k_light));
} catch (const std::bad_alloc&) {
  return out_of_memory();
}

class Ssimulacra2Reference::Pyramids {
public:
  explicit Pyramids(const PixelView& reference) : m_width(reference.width), m_height(reference.height) {
    const ScorablePixels pixels(reference);
    m_dark = build_pyramid(pixels.view(), k_dark);
    if (!is_opaque(reference))
      m_light = build_pyramid(pixels.view(), k_light);
  }

  [[nodiscard]] Result<double> score(const PixelView& distorted) const {
    IMGOPT_TRY(check_pixels(distorted));
    if (distorted.width != m_width || distorted.height != m_height)
      return fail(ErrorCode::invalid_argument, "compare: images of different size");
    const ScorablePixels pixels(distorted);
    const double score = score_against(m_dark, pixels.view(), k_dark);
    if (!m_light && is_opaque(distorted))
      return score;
    return std::min(score, score_against(m_light ? *m_light : m_dark, pixels.view(), k_light));
  }

private:
  std::uint32_t m_width;
  std::uint32_t m_height;
  Pyramid m_dark;
  std::optional<Pyramid> m_light;  // none where the reference is opaque: both would be the same
};

Result<Ssimulacra2Reference> Ssimulacra2Reference::create(const PixelView& reference) try {
  IMGOPT_TRY(check_pixels(reference));
  return Ssimulacra2Reference(std::make_unique<const Pyramids>(reference));
} catch (const std::bad_alloc&) {
  return out_of_memory();
}

Ssimulacra2Reference::Ssimulacra2Reference(std::unique_ptr<const Pyramids> pyramids)
    : m_pyramids(std::move(pyramids)) {}
Ssimulacra2Reference::Ssimulacra2Reference(Ssimulacra2Reference&&) noexcept = default;
Ssimulacra2Reference& Ssimulacra2Reference::operator=(Ssimulacra2Reference&&) noexcept = default;
Ssimulacra2Reference::~Ssimulacra2Reference() = default;

Result<double> Ssimulacra2Reference::score(const PixelView& distorted) const try {
  return m_pyramids->score(distorted);
} catch (const std::bad_alloc&) {
  return out_of_memory();
}

}  // namespace imgopt
