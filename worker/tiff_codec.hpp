// TIFF: always lossless, deflated.
#pragma once

#include "worker/codec.hpp"

namespace imgopt {

// Throws as libvips does.
[[nodiscard]] Result<Encoding> encode_tiff(const Picture& picture, const EncodeRequest& request);

}  // namespace imgopt
