#include "worker/tiff_codec.hpp"

#include <utility>

namespace imgopt {

Result<Encoding> encode_tiff(const Picture& picture, const EncodeRequest& request) {
  const auto save = [&](VipsForeignTiffPredictor predictor) {
    return save_picture(picture, request,
                        vips::VImage::option()
                            ->set("compression", VIPS_FOREIGN_TIFF_COMPRESSION_DEFLATE)
                            ->set("predictor", predictor));
  };
  // Differences of neighbours suit photographs, plain samples drawings.
  Bytes differences = save(VIPS_FOREIGN_TIFF_PREDICTOR_HORIZONTAL);
  Bytes plain = save(VIPS_FOREIGN_TIFF_PREDICTOR_NONE);
  return Encoding{plain.size() < differences.size() ? std::move(plain) : std::move(differences),
                  Fidelity::exact, 0};
}

}  // namespace imgopt
