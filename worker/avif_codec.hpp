// AVIF through libheif.
#pragma once

#include "worker/codec.hpp"

namespace imgopt {

// 8 bits, or 10 for pictures of 16. Lossless keeps 8 bits. Throws as libvips does.
[[nodiscard]] Result<Encoding> encode_avif(const Picture& picture, const EncodeRequest& request);

}  // namespace imgopt
