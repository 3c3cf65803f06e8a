// JPEG from pixels. Lossless JPEG to JPEG never comes here: see direct_path.hpp.
#pragma once

#include "worker/codec.hpp"

namespace imgopt {

// Lossless is unsupported_image. Throws as libvips does.
[[nodiscard]] Result<Encoding> encode_jpeg(const Picture& picture, const EncodeRequest& request);

}  // namespace imgopt
