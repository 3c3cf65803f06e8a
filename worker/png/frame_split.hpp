// The frames of an animation as an animated PNG stores them: the parts in which each differs from the one
// before it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "worker/png/file.hpp"
#include "worker/png/rgba.hpp"

namespace imgopt::png {

// What stands where a stored frame's rectangle shows what was there before.
enum class Unchanged : std::uint8_t {
  drawn_again,
  left_out  // transparent and drawn over, where all that changes is opaque
};

struct SplitAnimation {
  std::vector<RgbaImage> images;       // never empty; the first is the whole picture
  std::vector<FrameControl> controls;  // of each image
  bool leaves_out_pixels = false;
};

// `shown`: whole pictures of one size and depth; `delays_ms`: how long each is shown. Equal neighbours become
// one frame as long as both. Played, the result shows the same samples, colour under alpha 0 included.
[[nodiscard]] SplitAnimation split_frames(std::span<const RgbaImage> shown,
                                          std::span<const std::uint32_t> delays_ms, Unchanged unchanged);

}  // namespace imgopt::png
