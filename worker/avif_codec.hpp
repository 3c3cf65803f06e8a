// AVIF through libheif.
#pragma once

#include "worker/codec.hpp"

namespace imgopt {

// Pictures of 8 bits. Throws as libvips does.
[[nodiscard]] Result<Encoding> encode_avif(const Picture& picture, const EncodeRequest& request);

}  // namespace imgopt
