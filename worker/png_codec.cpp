#include "worker/png_codec.hpp"

#include <algorithm>

namespace imgopt {

Result<Encoding> encode_png(const Picture& picture, const EncodeRequest& request) {
  Bytes lossless = save_picture(picture, request, vips::VImage::option()->set("compression", 9));
  return Encoding{std::move(lossless), Fidelity::exact};
}

}  // namespace imgopt
