// WebP, lossy and lossless. Stills go to libwebp itself, which libvips 8.14 gives no way to ask for exact
// colour under transparency nor for files without EXIF; animations go through libvips.
#pragma once

#include "worker/codec.hpp"

namespace imgopt {

// Throws as libvips does.
[[nodiscard]] Result<Encoding> encode_webp(const Picture& picture, const EncodeRequest& request);

}  // namespace imgopt
