// The frames of an animated PNG as they are shown, each a whole picture.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "worker/pixels.hpp"

namespace imgopt::png {

struct ComposedAnimation {
  PixelBuffer pixels;  // all frames one above the other; grey or RGB, always with alpha
  std::uint32_t frames = 0;
  std::vector<int> delays_ms;
  std::uint32_t plays = 0;  // 0: for ever
};

// Plays an animation once: every frame is drawn over what the ones before it left, as its blend and dispose
// operations say (PNG specification, third edition, 11.3.6.2). A default image that is no frame is left out.
// Errors: as decode_png; unsupported_image where there is no animation.
[[nodiscard]] Result<ComposedAnimation> compose_animation(ByteView png, std::uint64_t max_pixels);

}  // namespace imgopt::png
