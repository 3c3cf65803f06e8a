#include "worker/webp_codec.hpp"

#include <algorithm>

namespace imgopt {

namespace {

constexpr std::uint32_t k_max_webp_side = 16383;

}  // namespace

Result<Encoding> encode_webp(const Picture& picture, const EncodeRequest& request) {
  if (picture.width > k_max_webp_side || picture.height > k_max_webp_side)
    return fail(ErrorCode::unsupported_image, "WebP holds at most 16383 pixels a side");
  const bool lossless = request.lossless == Lossless::yes;
  // Effort 0..9 as libwebp's method 0..6; 5 is method 4, its own default.
  constexpr std::array<int, 10> k_methods = {0, 1, 2, 3, 4, 4, 5, 6, 6, 6};
  vips::VOption* options =
      vips::VImage::option()->set("effort", k_methods[request.settings.effort])->set("lossless", lossless);
  if (lossless) {
    // For lossless files libwebp takes quality as the patience of its search.
    options->set("Q", std::min(100, 40 + 12 * request.settings.effort));
  } else {
    options->set("Q", request.quality);
    options->set("alpha_q", 100);
    options->set("smart_subsample", resolve_subsampling(request) == ChromaSubsampling::s444);
  }
  if (picture.frames > 1)
    options->set("min_size", request.settings.effort >= 7);
  return Encoding{save_picture(picture, request, options),
                  lossless ? Fidelity::exact : Fidelity::approximate};
}

}  // namespace imgopt
