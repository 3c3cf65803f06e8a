// GIF without quantisation, for pictures whose every frame has few enough colours: libvips' saver runs even
// those through a quantiser, which joins neighbours.
#pragma once

#include <optional>

#include "base/result.hpp"
#include "worker/picture.hpp"

namespace imgopt {

// nullopt where a frame has more than 256 colours, transparency counted as one, alpha between 0 and its most,
// or samples of 16 bits. Colour under full transparency is lost: the format has no place for it.
// Errors: unsupported_image (larger than the format allows), limit_exceeded, internal.
[[nodiscard]] Result<std::optional<Bytes>> encode_exact_gif(const Picture& picture);

}  // namespace imgopt
