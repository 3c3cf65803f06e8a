// Picture: a decoded image on its way to encoders, with its pixels in memory.
//
// Frames of an animation stand one above the other, as libvips keeps them; `width` and `height` are of one
// frame. Samples have 8 or 16 bits; channels are grey, grey + alpha, RGB or RGB + alpha; alpha is straight.
// Metadata (EXIF, XMP, profile, delays, loop count) hangs on `image` under libvips' names. Copies share the
// pixels, which nobody changes.
#pragma once

#include <cstdint>
#include <vips/vips8>

#include "worker/pixels.hpp"

namespace imgopt {

struct Picture {
  vips::VImage image;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t frames = 1;

  [[nodiscard]] int channels() const { return image.bands(); }
  [[nodiscard]] int bits() const { return image.format() == VIPS_FORMAT_USHORT ? 16 : 8; }
  [[nodiscard]] bool has_alpha() const { return channels() == 2 || channels() == 4; }
  [[nodiscard]] bool has_profile() const { return image.get_typeof(VIPS_META_ICC_NAME) != 0; }

  // All frames as one tall picture. The image must be in memory, which every function that makes a Picture
  // sees to.
  [[nodiscard]] PixelView view() const {
    PixelView pixels{width, height * frames, channels(), bits(), {}};
    pixels.data = {static_cast<const std::uint8_t*>(image.data()), pixels.byte_count()};
    return pixels;
  }
};

}  // namespace imgopt
