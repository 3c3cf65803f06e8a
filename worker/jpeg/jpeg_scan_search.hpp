// Chooses the scans that make a JPEG file smallest.
//
// The size of a scan depends on no other scan, so candidates are measured one by one from symbol counts,
// without coding anything, and the best combination is put together: spectral bands and successive
// approximation per component, DC tables and interleaving, against an optimised sequential file. (The space
// is that of mozjpeg's jpeg_search_progression; the search is not.)
#pragma once

#include <cstdint>
#include <vector>

#include "worker/jpeg/jpeg_scan.hpp"

namespace imgopt::jpeg {

enum class ScanStyle {
  smallest,    // whichever of the two gives the smaller file
  sequential,  // one pass, what T.81 calls baseline where it fits
  progressive
};

struct ScanPlan {
  ScanStyle style = ScanStyle::sequential;  // never `smallest`
  std::vector<Scan> scans;                  // in file order, tables set
  std::uint64_t bits = 0;                   // headers, tables and data, without stuffed bytes
};

// `effort` 0..9: how many candidates are measured.
[[nodiscard]] ScanPlan plan_scans(const ScanSource& source, ScanStyle style, int effort);

}  // namespace imgopt::jpeg
