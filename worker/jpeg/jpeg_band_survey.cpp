#include "worker/jpeg/jpeg_band_survey.hpp"

#include <bit>
#include <cstdlib>
#include <utility>

#include "worker/jpeg/jpeg_scan_walk.hpp"

namespace imgopt::jpeg {

BandSurvey::BandSurvey(const ScanSource& source, int component, const SpectralPart& pass,
                       std::vector<int> starts)
    : m_starts(std::move(starts)), m_pass(pass) {
  const std::size_t n = m_starts.size();
  m_inner.resize(n * n);
  m_leading.resize(n * n);
  m_corrections.resize(n);
  m_runs.resize(n * n);
  m_run_begin.resize(n * n);
  m_interval_of.resize(k_block_size);
  for (std::size_t interval = 0; interval < n; ++interval) {
    for (int k = m_starts[interval]; k <= end_of(interval); ++k)
      m_interval_of[static_cast<std::size_t>(k)] = static_cast<std::uint8_t>(interval);
  }
  const auto c = static_cast<std::size_t>(component);
  const SignificanceMap& map = source.significance[c];
  survey(source.image.components[c], map.at(pass.approx_low),
         pass.approx_high == 0 ? nullptr : &map.at(pass.approx_high));
}

void BandSurvey::survey(const Component& component, const std::vector<std::uint64_t>& masks,
                        const std::vector<std::uint64_t>* old_masks) {
  const std::size_t n = m_starts.size();
  constexpr std::uint64_t k_ac = ~std::uint64_t{1};
  for (std::size_t b = 0; b < masks.size(); ++b) {
    const std::uint64_t old_mask = old_masks != nullptr ? (*old_masks)[b] & k_ac : 0;
    for (std::uint64_t mask = old_mask; mask != 0; mask &= mask - 1)
      ++m_corrections[m_interval_of[static_cast<std::size_t>(std::countr_zero(mask))]];
    const std::uint64_t new_mask = masks[b] & k_ac & ~old_mask;
    if (new_mask == 0)
      continue;
    const std::int16_t* block = component.block(b);
    const auto symbol = [&](int from, int k, unsigned size) {
      const auto known = from < k ? std::popcount(old_mask & band_mask(from, k - 1)) : 0;
      return std::pair<unsigned, unsigned>{static_cast<unsigned>(k - from - known), size};
    };
    const auto count = [&](SymbolCounts& counts, const std::pair<unsigned, unsigned>& run_size) {
      counts[0xF0] += run_size.first >> 4;
      ++counts[(run_size.first & 15U) << 4 | run_size.second];
    };
    int previous = 0;
    std::size_t previous_interval = 0;
    for (std::uint64_t mask = new_mask; mask != 0; mask &= mask - 1) {
      const int k = std::countr_zero(mask);
      const std::size_t interval = m_interval_of[static_cast<std::size_t>(k)];
      const auto magnitude = static_cast<std::uint32_t>(std::abs(int{block[k]})) >> m_pass.approx_low;
      const auto size = static_cast<unsigned>(std::bit_width(magnitude));
      std::size_t first = 0;
      if (previous != 0) {
        count(m_inner[previous_interval * n + interval], symbol(previous + 1, k, size));
        first = previous_interval + 1;
      }
      for (; first <= interval; ++first)
        count(m_leading[first * n + interval], symbol(m_starts[first], k, size));
      previous = k;
      previous_interval = interval;
    }
    close_runs(b, new_mask);
  }
  for (std::size_t first = 0; first < n; ++first) {
    for (std::size_t last = first; last < n; ++last)
      count_run(band(first, last), masks.size() - m_run_begin[band(first, last)]);
  }
  accumulate();
}

// Ends the end-of-band runs of all bands that hold one of the block's new coefficients.
void BandSurvey::close_runs(std::size_t block, std::uint64_t mask) {
  const std::size_t n = m_starts.size();
  for (std::size_t first = 0; first < n; ++first) {
    const std::uint64_t from_first = mask & band_mask(m_starts[first], 63);
    if (from_first == 0)
      return;
    for (std::size_t last = m_interval_of[static_cast<std::size_t>(std::countr_zero(from_first))]; last < n;
         ++last) {
      const std::size_t index = band(first, last);
      count_run(index, block - m_run_begin[index]);
      // A band that is full to its end needs no end mark.
      m_run_begin[index] = (mask >> end_of(last) & 1) != 0 ? block + 1 : block;
    }
  }
}

void BandSurvey::count_run(std::size_t band, std::size_t length) {
  constexpr std::size_t k_max_run = 0x7FFF;
  for (; length > k_max_run; length -= k_max_run)
    ++m_runs[band].back();
  if (length > 0)
    ++m_runs[band][static_cast<std::size_t>(std::bit_width(length) - 1)];
}

// Turns the counts of single intervals into those of whole bands.
void BandSurvey::accumulate() {
  const std::size_t n = m_starts.size();
  const auto add = [](SymbolCounts& into, const SymbolCounts& counts) {
    for (std::size_t symbol = 0; symbol < counts.size(); ++symbol)
      into[symbol] += counts[symbol];
  };
  for (std::size_t last = 0; last < n; ++last) {
    for (std::size_t first = last + 1; first-- > 0;) {
      if (first < last)
        add(m_inner[first * n + last], m_inner[(first + 1) * n + last]);
      add(m_leading[first * n + last], m_inner[first * n + last]);
      if (first < last)
        add(m_leading[first * n + last], m_leading[first * n + last - 1]);
    }
  }
}

AcCounts BandSurvey::counts(std::size_t first, std::size_t last) const {
  AcCounts result;
  result.symbols = m_leading[band(first, last)];
  const auto& runs = m_runs[band(first, last)];
  for (std::size_t size = 0; size < runs.size(); ++size)
    result.symbols[size << 4] += runs[size];
  for (std::size_t interval = first; interval <= last; ++interval)
    result.correction_bits += m_corrections[interval];
  return result;
}

SpectralPart BandSurvey::part(std::size_t first, std::size_t last) const {
  SpectralPart part = m_pass;
  part.first = m_starts[first];
  part.last = end_of(last);
  return part;
}

}  // namespace imgopt::jpeg
