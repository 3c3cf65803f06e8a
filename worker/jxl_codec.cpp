#include "worker/jxl_codec.hpp"

#include <algorithm>

namespace imgopt {

Result<Encoding> encode_jxl(const Picture& picture, const EncodeRequest& request) {
  const bool lossless = request.lossless == Lossless::yes;
  // 5 is libjxl's own default, 7; its 8 and 9 take many times as long.
  constexpr std::array<int, 10> k_efforts = {3, 3, 4, 5, 6, 7, 7, 8, 8, 9};
  vips::VOption* options =
      vips::VImage::option()->set("effort", k_efforts[request.settings.effort])->set("lossless", lossless);
  if (!lossless)
    // Below 5 libvips asks for a distance that libjxl does not know.
    options->set("Q", std::max(5, request.quality));
  return Encoding{save_picture(picture, request, options), lossless ? Fidelity::exact : Fidelity::approximate,
                  0};
}

}  // namespace imgopt
