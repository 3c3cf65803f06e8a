// Shrinking pictures: the kernels of the roles, frame by frame.
#pragma once

#include <cstdint>
#include <functional>
#include <vips/vips8>

#include "worker/geometry.hpp"

namespace imgopt {

// How samples between pixels are found.
enum class ResizeKernel : std::uint8_t {
  colour,   // Lanczos 3 with premultiplied alpha
  nearest,  // pixel art
  data,     // Lanczos 3, every channel for itself
  normal    // the same, then every vector has length one again
};

// Applies `change` to every frame of a stack of `frames` equal ones and stacks the results. Throws as libvips
// does.
[[nodiscard]] vips::VImage each_frame(const vips::VImage& stack, std::uint32_t frames,
                                      const std::function<vips::VImage(const vips::VImage&)>& change);

// Resizes every frame to `size`; the image itself where it has that size. 8 or 16 bits in and out. Throws as
// libvips does.
[[nodiscard]] vips::VImage resized(const vips::VImage& stack, std::uint32_t frames, PixelSize size,
                                   ResizeKernel kernel);

}  // namespace imgopt
