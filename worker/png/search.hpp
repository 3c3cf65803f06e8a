// The search for the smallest encoding: formats times filter strategies, measured cheaply, the best
// compressed well.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "worker/png/candidates.hpp"
#include "worker/png/format.hpp"

namespace imgopt::png {

struct EncodedImages {
  Format format;
  std::vector<Bytes> streams;  // a zlib stream per image
};

// Image data as some encoder filtered it before; one more candidate.
struct ExistingFilters {
  Format format;
  Bytes filtered;
};

// Encodes all images in one format. With TransparentColor::rewrite in `limits`, colour under alpha 0 must be
// cleared already. `existing` belongs to a single image. Errors: limit_exceeded.
[[nodiscard]] Result<EncodedImages> search_smallest(std::span<const RgbaImage> images,
                                                    const FormatLimits& limits,
                                                    std::optional<ExistingFilters> existing);

}  // namespace imgopt::png
