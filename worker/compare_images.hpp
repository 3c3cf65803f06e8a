// Compares two images as they are shown: for `imgopt compare`.
//
// Both are decoded whole, all frames and pages, turned upright, and brought to one colour space: left as they
// are where neither has a profile that is not sRGB or both have the same one, else converted to sRGB. Pixels
// are compared with all their bits; the colour of pixels that are fully transparent in both does not count,
// but is told of.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "worker/source_image.hpp"

namespace imgopt {

struct ComparedSize {
  std::uint32_t width = 0;  // pixels, as shown
  std::uint32_t height = 0;
  std::uint32_t frames = 0;
  auto operator<=>(const ComparedSize&) const = default;
};

struct ImageComparison {
  bool identical = false;
  bool hidden_colour_differs = false;
  ComparedSize a;
  ComparedSize b;
  std::optional<double> psnr;         // dB; none: infinite, or the sizes differ
  std::optional<double> ssimulacra2;  // of b against a, the worst frame's; none: the sizes differ
};

enum class ComparedSide { both, a, b };

struct ComparisonFailure {
  ComparedSide side = ComparedSide::both;
  Error error;
};

// Fails with unsupported_image, corrupt_image or limit_exceeded, for the side that is to blame; pages of
// different sizes in one file are corrupt_image. set_up_vips() must have been called.
[[nodiscard]] tl::expected<ImageComparison, ComparisonFailure> compare_images(ByteView a, ByteView b,
                                                                              const SourceLimits& limits);

}  // namespace imgopt
