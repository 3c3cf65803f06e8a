#include "worker/png/search.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "worker/png/deflate.hpp"
#include "worker/png/deflate_symbols.hpp"
#include "worker/png/filters.hpp"
#include "worker/png/optimal_deflate.hpp"

namespace imgopt::png {
namespace {

using enum FilterStrategy;

// What an effort spends. A higher effort tries what a lower one tries, and more.
struct Plan {
  std::span<const FilterStrategy> probes;      // to choose formats by
  std::span<const FilterStrategy> strategies;  // for the formats chosen
  int measure_level;                           // of libdeflate, to rank candidates
  int careful_level;                           // the same for those that are small or mostly repetition
  int final_level;                             // of libdeflate, for the finalists; 0: deflate_optimally
  DeflateEffort final_effort;
  std::size_t formats;    // chosen at most
  unsigned margin;        // thousandths by which a chosen format may be larger than the best in the probe
  std::size_t finalists;  // candidates per image and format that are compressed for good
  unsigned final_margin;  // thousandths by which the best candidates of a format may measure more than those
                          // of another for the format to be compressed for good too
  std::size_t palettes = 5;  // orders of the palette among the formats chosen, at most
};

constexpr std::array k_probe_fast{none, min_sum};
constexpr std::array k_probe_good{none, entropy};
constexpr std::array k_fast{min_sum};
constexpr std::array k_few{none, min_sum, entropy};
constexpr std::array k_some{none, entropy, match_cost};
constexpr std::array k_many{none, sub, up, paeth, min_sum, entropy, distinct_pairs, match_cost};
constexpr std::array k_all{none,           sub,          up,        average, paeth, min_sum, entropy,
                           distinct_pairs, pair_entropy, match_cost};

// The last two rank candidates alike, so that what the lower one compresses for good the higher one does too.
// Members in their order; {depth, nice, whole, passes, splits} of final_effort.
constexpr std::array<Plan, 10> k_plans{{
    {k_probe_fast, k_fast, 1, 1, 3, {}, 1, 0, 1, 0},
    {k_probe_fast, k_few, 1, 1, 6, {}, 1, 0, 1, 0},
    {k_probe_fast, k_few, 3, 3, 8, {}, 1, 0, 1, 0},
    {k_probe_good, k_few, 4, 4, 10, {}, 1, 0, 1, 0},
    {k_probe_good, k_some, 1, 4, 0, {32, 64, 0, 1, 1}, 1, 0, 1, 0},
    {k_probe_good, k_some, 1, 4, 0, {48, 80, 0, 2, 1}, 2, 8, 1, 0},
    {k_probe_good, k_many, 5, 5, 0, {96, 128, 1, 4, 1}, 3, 20, 2, 1000},
    {k_probe_good, k_all, 6, 6, 0, {128, 258, 1, 8, 1}, 4, 40, 3, 1000},
    {k_all, k_all, 6, 6, 0, {300, 258, 1, 15, 2}, 5, 60, 4, 1000},
    {k_all, k_all, 6, 6, 0, {600, 258, 1, 40, 3}, 6, 100, 5, 1000, 3},
}};

// What shrinks to less than this part is mostly repetition. Level 1 misses much of what repeats at a
// distance.
constexpr std::size_t k_repetition = 6;

// Image data so small that a full search costs next to nothing.
constexpr std::size_t k_small = std::size_t{1} << 16;

// deflate_optimally counts positions in 31 bits.
constexpr std::size_t k_optimal_limit = (std::size_t{1} << 31) - 1;

struct Candidate {
  std::size_t measured = 0;
  Bytes filtered;
};

// The candidates with the smallest measured size, best first.
class Finalists {
public:
  explicit Finalists(std::size_t limit) : m_limit(limit) {}

  void add(Candidate candidate) {
    const auto place = std::upper_bound(
        m_candidates.begin(), m_candidates.end(), candidate.measured,
        [](std::size_t measured, const Candidate& other) { return measured < other.measured; });
    m_candidates.insert(place, std::move(candidate));
    if (m_candidates.size() > m_limit) {
      m_candidates.pop_back();
    }
  }

  [[nodiscard]] const std::vector<Candidate>& ranked() const { return m_candidates; }

private:
  std::size_t m_limit;
  std::vector<Candidate> m_candidates;
};

HiddenColor hidden_of(const Scanlines& lines, TransparentColor hidden) {
  return hidden == TransparentColor::rewrite && lines.alpha_bytes > 0 ? HiddenColor::predicted
                                                                      : HiddenColor::as_is;
}

class Search {
public:
  Search(std::span<const RgbaImage> images, const FormatLimits& limits,
         std::optional<ExistingFilters> existing)
      : m_images(images),
        m_limits(limits),
        m_existing(std::move(existing)),
        m_plan(k_plans[static_cast<std::size_t>(std::clamp(limits.effort, 0, 9))]) {}

  Result<EncodedImages> run() {
    IMGOPT_ASSIGN(const std::vector<Format> formats, choose_formats());
    std::optional<EncodedImages> best;
    std::size_t best_size = 0;
    std::uint64_t best_measured = UINT64_MAX;
    for (const Format& format : formats) {
      const std::uint64_t most =
          best ? best_measured + best_measured * m_plan.final_margin / 1000 : UINT64_MAX;
      std::uint64_t measured = format_overhead(format);
      IMGOPT_ASSIGN(std::optional<EncodedImages> encoded, encode(format, measured, most));
      if (!encoded) {
        continue;
      }
      std::size_t size = format_overhead(format);
      for (const Bytes& stream : encoded->streams) {
        size += stream.size();
      }
      if (!best || size < best_size) {
        best_size = size;
        best = std::move(encoded);
      }
      best_measured = std::min(best_measured, measured);
    }
    return std::move(*best);
  }

private:
  Result<std::vector<Format>> choose_formats() {
    const Analysis analysis = analyse(m_images, m_limits.hidden);
    std::vector<Format> formats = candidate_formats(analysis, m_images, m_limits);
    if (formats.size() == 1) {
      return formats;
    }
    std::vector<std::pair<std::size_t, std::size_t>> sizes;  // size, index
    for (std::size_t i = 0; i < formats.size(); ++i) {
      std::size_t total = format_overhead(formats[i]);
      for (const RgbaImage& image : m_images) {
        const Scanlines lines = pack(image, formats[i]);
        std::size_t smallest = std::numeric_limits<std::size_t>::max();
        for (const FilterStrategy strategy : m_plan.probes) {
          const Bytes filtered = filter_image(lines, strategy, hidden_of(lines, m_limits.hidden));
          IMGOPT_ASSIGN(const std::size_t size, measure(filtered));
          smallest = std::min(smallest, size);
        }
        total += smallest;
      }
      sizes.emplace_back(total, i);
    }
    std::sort(sizes.begin(), sizes.end());
    std::vector<Format> chosen;
    std::size_t palettes = 0;
    for (const auto& [size, index] : sizes) {
      const std::uint64_t bound =
          sizes.front().first + std::uint64_t{sizes.front().first} * m_plan.margin / 1000;
      const bool is_palette = formats[index].type == ColorType::palette;
      if (chosen.size() < m_plan.formats && size <= bound && (!is_palette || palettes < m_plan.palettes)) {
        palettes += is_palette ? 1 : 0;
        chosen.push_back(std::move(formats[index]));
      }
    }
    return chosen;
  }

  // Adds to `measured` what the best candidates of the images measure; nothing where that comes to more than
  // `most`.
  Result<std::optional<EncodedImages>> encode(const Format& format, std::uint64_t& measured,
                                              std::uint64_t most) {
    EncodedImages encoded{format, {}};
    for (const RgbaImage& image : m_images) {
      IMGOPT_ASSIGN(const Finalists finalists, choose_finalists(image, format));
      measured += finalists.ranked().front().measured;
      if (measured > most) {
        return std::nullopt;
      }
      IMGOPT_ASSIGN(Bytes stream, compress_smallest(finalists));
      encoded.streams.push_back(std::move(stream));
    }
    return encoded;
  }

  Result<Finalists> choose_finalists(const RgbaImage& image, const Format& format) {
    Finalists finalists(m_plan.finalists);
    const Scanlines lines = pack(image, format);
    for (const FilterStrategy strategy : m_plan.strategies) {
      IMGOPT_TRY(add(finalists, filter_image(lines, strategy, hidden_of(lines, m_limits.hidden))));
    }
    if (m_existing && m_existing->format == format) {
      IMGOPT_TRY(add(finalists, m_existing->filtered));
    }
    return finalists;
  }

  Result<Bytes> compress_smallest(const Finalists& finalists) {
    Bytes best;
    for (const Candidate& candidate : finalists.ranked()) {
      IMGOPT_ASSIGN(Bytes stream, compress(candidate.filtered));
      if (best.empty() || stream.size() < best.size()) {
        best = std::move(stream);
      }
    }
    return best;
  }

  Result<Bytes> compress(ByteView filtered) {
    if (m_plan.final_level == 0 && filtered.size() <= k_optimal_limit) {
      DeflateEffort effort = m_plan.final_effort;
      if (filtered.size() <= k_small) {
        effort.nice = k_max_match;
        effort.whole += 1;
      }
      return deflate_optimally(filtered, effort);
    }
    return m_deflater.compress(filtered,
                               m_plan.final_level == 0 ? Deflater::k_max_level : m_plan.final_level);
  }

  Result<void> add(Finalists& finalists, Bytes filtered) {
    IMGOPT_ASSIGN(const std::size_t size, measure(filtered));
    finalists.add({size, std::move(filtered)});
    return {};
  }

  // What `filtered` takes, more or less.
  Result<std::size_t> measure(ByteView filtered) {
    IMGOPT_ASSIGN(const std::size_t size, m_deflater.measure(filtered, m_plan.measure_level));
    const bool is_doubtful = filtered.size() <= k_small || size < filtered.size() / k_repetition;
    return is_doubtful && m_plan.careful_level != m_plan.measure_level
               ? m_deflater.measure(filtered, m_plan.careful_level)
               : size;
  }

  std::span<const RgbaImage> m_images;
  FormatLimits m_limits;
  std::optional<ExistingFilters> m_existing;
  const Plan& m_plan;
  Deflater m_deflater;
};

}  // namespace

Result<EncodedImages> search_smallest(std::span<const RgbaImage> images, const FormatLimits& limits,
                                      std::optional<ExistingFilters> existing) {
  return Search(images, limits, std::move(existing)).run();
}

}  // namespace imgopt::png
