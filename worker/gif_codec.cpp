#include "worker/gif_codec.hpp"

#include <algorithm>

namespace imgopt {

Result<Encoding> encode_gif(const Picture& picture, const EncodeRequest& request) {
  const bool lossless = request.lossless == Lossless::yes;
  vips::VOption* options =
      vips::VImage::option()
          ->set("effort", std::clamp(request.settings.effort + 2, 1, 10))
          ->set("dither", lossless || request.settings.role == Role::pixel_art ? 0.0 : 1.0);
  if (lossless)
    options->set("interframe_maxerror", 0.0);
  return Encoding{save_picture(picture, request, options),
                  lossless ? Fidelity::exact : Fidelity::approximate};
}

}  // namespace imgopt
