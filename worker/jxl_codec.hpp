// JPEG XL, where libvips was built with it.
#pragma once

#include "worker/codec.hpp"

namespace imgopt {

// Throws as libvips does.
[[nodiscard]] Result<Encoding> encode_jxl(const Picture& picture, const EncodeRequest& request);

}  // namespace imgopt
