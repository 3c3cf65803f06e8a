#include "worker/png/search.hpp"

#include <algorithm>
#include <limits>

#include "worker/png/deflate.hpp"
#include "worker/png/filters.hpp"

namespace imgopt::png {
namespace {

using enum FilterStrategy;

// What an effort spends. A higher effort tries what a lower one tries, and more.
struct Plan {
  std::span<const FilterStrategy> probes;      // to choose formats by
  std::span<const FilterStrategy> strategies;  // for the formats chosen
  int measure_level;                           // of libdeflate, to rank candidates
  int final_level;
  std::size_t formats;    // chosen at most
  std::size_t finalists;  // candidates per image and format that are compressed at final_level
  int slow_iterations;    // of zopfli for the winner; 0: not run
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
    {k_probe_fast, k_fast, 1, 3, 1, 1, 0},
    {k_probe_fast, k_few, 1, 6, 1, 1, 0},
    {k_probe_fast, k_few, 3, 8, 1, 1, 0},
    {k_probe_good, k_few, 4, 10, 1, 1, 0},
    {k_probe_good, k_some, 4, 11, 1, 1, 0},
    {k_probe_good, k_some, 4, 12, 2, 1, 0},
    {k_probe_good, k_many, 5, 12, 2, 2, 0},
    {k_probe_good, k_all, 6, 12, 3, 3, 0},
    {k_all, k_all, 6, 12, 4, 5, 0},
    {k_all, k_all, 8, 12, 6, 8, 15},
}};

// zopfli takes about a second per 100 KB and iteration dozen; larger images are left to libdeflate.
constexpr std::size_t k_slow_limit = std::size_t{1} << 20;

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
    if (formats.size() <= m_plan.formats) {
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
    for (std::size_t i = 0; i < m_plan.formats; ++i) {
      chosen.push_back(std::move(formats[sizes[i].second]));
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
    const Bytes* winner = nullptr;
    for (const Candidate& candidate : finalists.ranked()) {
      IMGOPT_ASSIGN(Bytes stream, m_deflater.compress(candidate.filtered, m_plan.final_level));
      if (best.empty() || stream.size() < best.size()) {
        best = std::move(stream);
        winner = &candidate.filtered;
      }
    }
    if (m_plan.slow_iterations > 0 && winner->size() <= k_slow_limit) {
      Bytes stream = Deflater::compress_slowly(*winner, m_plan.slow_iterations);
      if (stream.size() < best.size()) {
        best = std::move(stream);
      }
    }
    return best;
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
