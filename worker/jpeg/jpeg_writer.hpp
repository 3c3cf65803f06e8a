// Puts a JPEG file together: markers, tables, frame header, scans.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "worker/jpeg/jpeg_coefficients.hpp"
#include "worker/jpeg/jpeg_scan_search.hpp"

namespace imgopt::jpeg {

// The whole file: SOI, `metadata` (complete marker segments), then the image as `plan` says, EOI. `source`
// and `plan` belong together.
[[nodiscard]] Bytes write_jpeg(const ScanSource& source, const ScanPlan& plan, ByteView metadata);

}  // namespace imgopt::jpeg
