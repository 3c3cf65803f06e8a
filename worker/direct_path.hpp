// The direct path: PNG to PNG and JPEG to JPEG without decoding to pixels that are encoded again. Lossless by
// construction and checked: PNG pixels, JPEG coefficients.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "protocol/output_settings.hpp"
#include "worker/geometry.hpp"
#include "worker/source_image.hpp"

namespace imgopt {

enum class ProfileUse : std::uint8_t { keep, drop };  // drop: it is known to be sRGB

struct DirectEncoding {
  Bytes data;
  PixelSize shown;  // as displayed
  std::uint32_t notes = 0;
  std::uint32_t frames = 1;
};

// Whether source and settings allow the direct path: the same format, PNG or JPEG, and no resize that takes
// effect.
[[nodiscard]] bool is_direct(const SourceInfo& source, const OutputSettings& settings);

// Errors: corrupt_image, unsupported_image, limit_exceeded, internal (verification failed).
[[nodiscard]] Result<DirectEncoding> encode_directly(ByteView bytes, const SourceInfo& source,
                                                     const OutputSettings& settings, ProfileUse profile,
                                                     const SourceLimits& limits);

}  // namespace imgopt
