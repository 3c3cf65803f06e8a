// Measures the AC scans of one component for all ways to cut the spectrum into bands, in one walk over the
// coefficients.
//
// With n possible beginnings there are n (n + 1) / 2 bands. The symbol of a coefficient depends only on the
// coefficient before it, or, for the first in its band, on where the band begins; so each coefficient is
// counted once for all bands that hold it and its predecessor, and once for each beginning between the two.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/jpeg/jpeg_huffman.hpp"
#include "worker/jpeg/jpeg_scan.hpp"

namespace imgopt::jpeg {

class BandSurvey {
public:
  // `starts` begins with 1 and ascends; a band ends before another's beginning or at 63. `pass` says which
  // bits are sent; its first and last do not matter.
  BandSurvey(const ScanSource& source, int component, const SpectralPart& pass, std::vector<int> starts);

  // What count_ac_scan() gives for the band from starts[first] up to the end of interval `last`.
  [[nodiscard]] AcCounts counts(std::size_t first, std::size_t last) const;

  [[nodiscard]] SpectralPart part(std::size_t first, std::size_t last) const;
  [[nodiscard]] std::size_t interval_count() const { return m_starts.size(); }

private:
  void survey(const Component& component, const std::vector<std::uint64_t>& masks,
              const std::vector<std::uint64_t>* old_masks);
  void accumulate();
  void close_runs(std::size_t block, std::uint64_t mask);
  void count_run(std::size_t band, std::size_t length);

  [[nodiscard]] std::size_t band(std::size_t first, std::size_t last) const {
    return first * m_starts.size() + last;
  }
  [[nodiscard]] int end_of(std::size_t interval) const {
    return interval + 1 == m_starts.size() ? 63 : m_starts[interval + 1] - 1;
  }

  std::vector<int> m_starts;
  SpectralPart m_pass;
  std::vector<std::uint8_t> m_interval_of;  // per coefficient
  std::vector<SymbolCounts> m_inner;        // [predecessor's interval, own interval]; accumulated: up to own
  std::vector<SymbolCounts> m_leading;  // [band's first interval, own interval]; accumulated: the whole band
  std::vector<std::uint64_t> m_corrections;           // per interval
  std::vector<std::array<std::uint32_t, 15>> m_runs;  // per band, by size of the run
  std::vector<std::size_t> m_run_begin;               // per band: first block of the open run
};

}  // namespace imgopt::jpeg
