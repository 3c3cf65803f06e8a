// Colour rules: every picture that leaves here is grey or RGB with 8 or 16 bits, and what its numbers mean is
// sRGB, or its profile is still attached, or the caller asked for numbers and not colours.
#pragma once

#include <cstdint>
#include <vips/vips8>

#include "base/result.hpp"

namespace imgopt {

enum class ColourRule : std::uint8_t {
  to_srgb,       // convert to sRGB and drop the profile
  keep_profile,  // leave the numbers and keep a profile that is not sRGB; CMYK is converted all the same
  raw            // numbers are data: no conversion, no profile
};

struct SettledColour {
  vips::VImage image;       // not yet computed; no profile where it is sRGB
  std::uint32_t notes = 0;  // OutputNote bits
};

// Errors: unsupported_image for pixels that are neither colours nor grey (complex numbers, five bands...),
// and what decoding gives.
[[nodiscard]] Result<SettledColour> settle_colour(const vips::VImage& image, ColourRule rule);

// Whether an embedded profile maps numbers to the colours that sRGB maps them to, within one level of 255, on
// a grid of colours: tells the many sRGB profiles by what they do, not by their names. `bands` without alpha.
[[nodiscard]] bool is_srgb_profile(const vips::VImage& image);

}  // namespace imgopt
