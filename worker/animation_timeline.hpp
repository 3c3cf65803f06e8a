// When which frame of an animation is shown: encoders join equal neighbours into one longer frame, which
// changes the number of frames and nothing that anybody sees.
#pragma once

#include <cstdint>
#include <span>
#include <vector>
#include <vips/vips8>

namespace imgopt {

// How long each of `frames` frames is shown, in milliseconds. Delays of 10 ms and less count as 100, as
// browsers show them and as encoders write them.
[[nodiscard]] std::vector<std::uint32_t> frame_delays(const vips::VImage& image, std::uint32_t frames);

[[nodiscard]] std::uint64_t total_duration(std::span<const std::uint32_t> delays);

// For every frame of `wanted` the frame of `actual` that is shown at the middle of its time. `actual` is not
// empty.
[[nodiscard]] std::vector<std::uint32_t> frames_shown(std::span<const std::uint32_t> wanted,
                                                      std::span<const std::uint32_t> actual);

}  // namespace imgopt
