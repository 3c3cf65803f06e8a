// Images for the tests of metrics, made by integer arithmetic alone, so that they are the same everywhere.
#pragma once

#include <cstdint>

#include "worker/pixels.hpp"

namespace imgopt::test {

enum class Scene { smooth, detail, shapes };
enum class Distortion { noise, steps, blur, blocks, darker, one_pixel, transparency };

// 1 to 4 channels of 8 or 16 bits. With alpha: opaque in the middle, softly transparent towards the corners.
[[nodiscard]] PixelBuffer make_scene(Scene scene, std::uint32_t width, std::uint32_t height, int channels,
                                     int bits);

// A copy of `image` that is the worse the larger `strength` (1 to 100) is. Alpha is kept but by
// `transparency`.
[[nodiscard]] PixelBuffer distort(const PixelBuffer& image, Distortion distortion, int strength);

// One sample, whatever the bits.
[[nodiscard]] std::uint32_t sample_of(const PixelBuffer& image, std::uint32_t x, std::uint32_t y,
                                      int channel);
void set_sample(PixelBuffer& image, std::uint32_t x, std::uint32_t y, int channel, std::uint32_t value);

}  // namespace imgopt::test
