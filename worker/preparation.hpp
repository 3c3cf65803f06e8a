// Preparation: everything that happens to pixels between decoder and encoder, as a value that outputs can
// share.
//
// Outputs whose preparations are equal are encoded from the same picture, so it is made once; which outputs
// stand together in a record never shows in their bytes.
#pragma once

#include <compare>
#include <cstdint>
#include <vips/vips8>

#include "base/result.hpp"
#include "protocol/output_settings.hpp"
#include "worker/colour.hpp"
#include "worker/geometry.hpp"
#include "worker/picture.hpp"
#include "worker/resize.hpp"
#include "worker/source_image.hpp"

namespace imgopt {

enum class AlphaRule : std::uint8_t { keep, flatten };

struct Preparation {
  int jpeg_shrink = 1;
  Frames frames = Frames::first;
  ColourRule colour = ColourRule::to_srgb;
  PixelSize size;  // as displayed
  ResizeKernel kernel = ResizeKernel::colour;
  AlphaRule alpha = AlphaRule::keep;
  RgbColor background;  // with AlphaRule::flatten, else black
  int max_bits = 8;     // 8 or 16
  auto operator<=>(const Preparation&) const = default;
};

// What the formats can hold.
[[nodiscard]] bool holds_alpha(ImageFormat format);
[[nodiscard]] bool holds_animation(ImageFormat format);
[[nodiscard]] int most_bits(ImageFormat format);  // 8 or 16
// Whether samples are data and not colours.
[[nodiscard]] bool is_data(Role role);

[[nodiscard]] Preparation preparation_for(const SourceInfo& source, const OutputSettings& settings);

struct PreparedPicture {
  Picture picture;          // in memory
  std::uint32_t notes = 0;  // OutputNote bits
};

// `decoded` is the source as decode_image gives it with the preparation's shrink and frames.
// Errors: unsupported_image, corrupt_image, limit_exceeded (memory).
[[nodiscard]] Result<PreparedPicture> prepare(const vips::VImage& decoded, const SourceInfo& source,
                                              const Preparation& preparation);

}  // namespace imgopt
