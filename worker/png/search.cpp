#include "worker/png/search.hpp"

#include <algorithm>
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
  int final_level;                             // of libdeflate, for the finalists; 0: deflate_optimally
  DeflateEffort final_effort;
  std::size_t formats;    // chosen at most
  unsigned margin;        // thousandths by which a chosen format may be larger than the best in the probe
  std::size_t finalists;  // candidates per image and format that are compressed for good
};

constexpr std::array k_probe_fast{none, min_sum};
constexpr std::array k_probe_good{none, entropy};
constexpr std::array k_fast{min_sum};
constexpr std::array k_few{none, min_sum, entropy};
constexpr std::array k_some{none, sub, entropy, match_cost};
constexpr std::array k_many{none, sub, up, paeth, min_sum, entropy, distinct_pairs, match_cost};
constexpr std::array k_all{none,           sub,          up,        average, paeth, min_sum, entropy,
                           distinct_pairs, pair_entropy, match_cost};

constexpr std::array<Plan, 10> k_plans{{
    {k_probe_fast, k_fast, 1, 3, {}, 1, 0, 1},
    {k_probe_fast, k_few, 1, 6, {}, 1, 0, 1},
    {k_probe_fast, k_few, 3, 8, {}, 1, 0, 1},
    {k_probe_good, k_few, 4, 10, {}, 1, 0, 1},
    {k_probe_good, k_some, 4, 12, {}, 1, 0, 1},
    {k_probe_good, k_some, 4, 0, {48, 80, 2, 1}, 2, 8, 1},
    {k_probe_good, k_many, 5, 0, {96, 128, 4, 1}, 3, 20, 2},
    {k_probe_good, k_all, 6, 0, {128, 258, 8, 1}, 4, 40, 3},
    {k_all, k_all, 6, 0, {300, 258, 15, 2}, 5, 60, 4},
    {k_all, k_all, 8, 0, {600, 258, 40, 3}, 6, 100, 5},
}};

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
    std::size_t best_size = std::numeric_limits<std::size_t>::max();
    for (const Format& format : formats) {
      IMGOPT_ASSIGN(EncodedImages encoded, encode(format));
      std::size_t size = format_overhead(format);
      for (const Bytes& stream : encoded.streams) {
        size += stream.size();
      }
      if (size < best_size) {
        best_size = size;
        best = std::move(encoded);
      }
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
          IMGOPT_ASSIGN(const std::size_t size, m_deflater.measure(filtered, m_plan.measure_level));
          smallest = std::min(smallest, size);
        }
        total += smallest;
      }
      sizes.emplace_back(total, i);
    }
    std::sort(sizes.begin(), sizes.end());
    std::vector<Format> chosen;
    for (const auto& [size, index] : sizes) {
      const std::uint64_t bound =
          sizes.front().first + std::uint64_t{sizes.front().first} * m_plan.margin / 1000;
      if (chosen.size() < m_plan.formats && size <= bound) {
        chosen.push_back(std::move(formats[index]));
      }
    }
    return chosen;
  }

  Result<EncodedImages> encode(const Format& format) {
    EncodedImages encoded{format, {}};
    for (const RgbaImage& image : m_images) {
      IMGOPT_ASSIGN(Bytes stream, encode_image(image, format));
      encoded.streams.push_back(std::move(stream));
    }
    return encoded;
  }

  Result<Bytes> encode_image(const RgbaImage& image, const Format& format) {
    Finalists finalists(m_plan.finalists);
    const Scanlines lines = pack(image, format);
    for (const FilterStrategy strategy : m_plan.strategies) {
      IMGOPT_TRY(measure(finalists, filter_image(lines, strategy, hidden_of(lines, m_limits.hidden))));
    }
    if (m_existing && m_existing->format == format) {
      IMGOPT_TRY(measure(finalists, m_existing->filtered));
    }
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
        effort.passes += 1;
      }
      return deflate_optimally(filtered, effort);
    }
    return m_deflater.compress(filtered,
                               m_plan.final_level == 0 ? Deflater::k_max_level : m_plan.final_level);
  }

  Result<void> measure(Finalists& finalists, Bytes filtered) {
    IMGOPT_ASSIGN(const std::size_t size, m_deflater.measure(filtered, m_plan.measure_level));
    finalists.add({size, std::move(filtered)});
    return {};
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
