// GIF: at most 256 colours a frame, alpha on or off.
#pragma once

#include "worker/codec.hpp"

namespace imgopt {

// Throws as libvips does.
[[nodiscard]] Result<Encoding> encode_gif(const Picture& picture, const EncodeRequest& request);

}  // namespace imgopt
