// What size an output has: pure arithmetic on the resize settings.
#pragma once

#include <cstdint>

#include "protocol/output_settings.hpp"

namespace imgopt {

struct PixelSize {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  auto operator<=>(const PixelSize&) const = default;
};

// The size of an output of a source displayed at `source` pixels. Never larger than the source in any
// direction: what asks for more gets the source's size. The aspect ratio is kept to the nearest pixel; no
// side becomes 0.
[[nodiscard]] PixelSize output_size(PixelSize source, const OutputSettings& settings);

// The fraction (1, 2, 4 or 8) at which a JPEG of `source` pixels can be decoded for an output of `output`
// pixels. libjpeg's reduced inverse DCT costs a fraction of the full one (a fifth to three quarters of the
// time of decode and resize was saved on photographs). What is left to the resizing kernel stays at least a
// factor of k_least_remaining_shrink: from 2 on the result scored 91 or more (SSIMULACRA 2) against that of
// the full decode, which is beyond what can be seen; at 1.5 it fell to 88, at 1 to 80. A function of one
// output alone, since outputs share decodes in groupings that must not show in their bytes.
inline constexpr double k_least_remaining_shrink = 2.0;
[[nodiscard]] int jpeg_shrink_for(PixelSize source, PixelSize output);

}  // namespace imgopt
