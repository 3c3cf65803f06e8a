#include "worker/avif_codec.hpp"

#include <algorithm>

namespace imgopt {

Result<Encoding> encode_avif(const Picture& picture, const EncodeRequest& request) {
  const bool lossless = request.lossless == Lossless::yes;
  // Effort 0..9 as libvips' 0..9 (aom's speed 9..0); 5 is 4, since each further step doubles the time for a
  // percent.
  constexpr std::array<int, 10> k_efforts = {0, 1, 2, 3, 4, 4, 5, 6, 7, 9};
  vips::VOption* options = vips::VImage::option()
                               ->set("compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1)
                               ->set("effort", k_efforts[request.settings.effort])
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
