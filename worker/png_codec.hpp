// PNG: lossless through our own optimizer, lossy through a palette.
#pragma once

#include "worker/codec.hpp"

namespace imgopt {

// Lossy: the smaller of a palette that meets the quality and the lossless file. Throws as libvips does.
[[nodiscard]] Result<Encoding> encode_png(const Picture& picture, const EncodeRequest& request);

}  // namespace imgopt
