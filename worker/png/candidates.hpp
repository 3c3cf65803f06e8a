// The formats worth trying for an image, from what its pixels allow.
#pragma once

#include <span>
#include <vector>

#include "worker/png/analysis.hpp"
#include "worker/png/format.hpp"

namespace imgopt::png {

// An ICC profile is for grey or for colour images (PNG specification, 11.3.2.3): with one, the colour type
// must stay on its side.
enum class ColorModel : std::uint8_t { any, grey, color };

struct FormatLimits {
  ColorModel model = ColorModel::any;
  TransparentColor hidden = TransparentColor::keep;
  int effort = 0;
  std::span<const RgbaEntry> original_palette;  // empty where there was none
};

// Best guess first; never empty.
[[nodiscard]] std::vector<Format> candidate_formats(const Analysis& analysis,
                                                    std::span<const RgbaImage> images,
                                                    const FormatLimits& limits);

}  // namespace imgopt::png
