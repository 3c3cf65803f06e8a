#include "worker/jpeg_codec.hpp"

namespace imgopt {

Result<Encoding> encode_jpeg(const Picture& picture, const EncodeRequest& request) {
  if (request.lossless == Lossless::yes)
    return fail(ErrorCode::unsupported_image, "JPEG is lossless only from a JPEG source of the same size");
  vips::VOption* options = vips::VImage::option()
                               ->set("Q", request.quality)
                               ->set("optimize_coding", true)
                               ->set("interlace", request.settings.progressive != Progressive::no)
                               ->set("subsample_mode", resolve_subsampling(request) == ChromaSubsampling::s444
                                                           ? VIPS_FOREIGN_SUBSAMPLE_OFF
                                                           : VIPS_FOREIGN_SUBSAMPLE_ON);
  return Encoding{save_picture(picture, request, options), Fidelity::approximate};
}

}  // namespace imgopt
