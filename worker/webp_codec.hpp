// WebP, still and animated, lossy and lossless.
#pragma once

#include "worker/codec.hpp"

namespace imgopt {

// Throws as libvips does.
[[nodiscard]] Result<Encoding> encode_webp(const Picture& picture, const EncodeRequest& request);

}  // namespace imgopt
