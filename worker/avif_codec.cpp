#include "worker/avif_codec.hpp"

#include <algorithm>

namespace imgopt {
namespace {

// libvips counts effort from 0 to 9 too: it is 9 less aom's speed. Speed 0 takes two and a half times as long
// as 1, and on one photograph in three its file is the larger one at equal score.
constexpr int k_most_effort = 8;

}  // namespace

Result<Encoding> encode_avif(const Picture& picture, const EncodeRequest& request) {
  const bool lossless = request.lossless == Lossless::yes;
  vips::VOption* options = vips::VImage::option()
                               ->set("compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1)
                               ->set("effort", std::min<int>(request.settings.effort, k_most_effort))
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
