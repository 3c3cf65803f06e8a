#include "worker/avif_codec.hpp"

#include <algorithm>

namespace imgopt {

Result<Encoding> encode_avif(const Picture& picture, const EncodeRequest& request) {
  const bool lossless = request.lossless == Lossless::yes;
  // libvips counts effort from 0 to 9 too: it is 9 less aom's speed.
  vips::VOption* options = vips::VImage::option()
                               ->set("compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1)
                               ->set("effort", static_cast<int>(request.settings.effort))
                               ->set("bitdepth", 8)
                               ->set("lossless", lossless);
  if (!lossless)
    options->set("Q", request.quality)
        ->set("subsample_mode", resolve_subsampling(request) == ChromaSubsampling::s444
                                    ? VIPS_FOREIGN_SUBSAMPLE_OFF
                                    : VIPS_FOREIGN_SUBSAMPLE_ON);
  return Encoding{save_picture(picture, request, options), lossless ? Fidelity::exact : Fidelity::approximate,
                  0};
}

}  // namespace imgopt
