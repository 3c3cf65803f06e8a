#include "worker/gif_codec.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "protocol/record_results.hpp"
#include "worker/exact_gif.hpp"

namespace imgopt {

namespace {

// Bits of the palette's index: 256 colours for a quality above 60, then half as many every 15 steps.
int palette_bits(int quality) {
  return std::clamp(8 - (75 - quality) / 15, 3, 8);
}

Bytes quantised(const Picture& picture, const EncodeRequest& request) {
  // Differences that are left standing between frames, and between a palette and the next frame's colours:
  // libvips' units, up to what stays below dithering's own noise.
  const double tolerance = (100 - request.quality) / 100.0;
  constexpr double k_most_frame_error = 16.0;
  constexpr double k_palette_error = 3.0;
  constexpr double k_more_palette_error = 24.0;
  // Efforts below make the quantiser miss even a few plain colours.
  constexpr int k_least_effort = 5;
  return save_picture(picture, request,
                      vips::VImage::option()
                          ->set("effort", std::clamp(request.settings.effort + 2, k_least_effort, 10))
                          ->set("dither", request.settings.role == Role::pixel_art ? 0.0 : 1.0)
                          ->set("bitdepth", palette_bits(request.quality))
                          ->set("interframe_maxerror", tolerance * k_most_frame_error)
                          ->set("interpalette_maxerror", k_palette_error + tolerance * k_more_palette_error));
}

}  // namespace

Result<Encoding> encode_gif(const Picture& picture, const EncodeRequest& request) {
  const bool lossless = request.lossless == Lossless::yes;
  std::optional<Bytes> exact;
  if (lossless || request.quality == 100) {
    IMGOPT_ASSIGN(exact, encode_exact_gif(picture));
  }
  if (lossless && !exact)
    return fail(ErrorCode::unsupported_image,
                "GIF holds 256 colours and transparency on or off, and this picture has more");
  if (exact) {
    // Metadata is not in it: the format has comments alone, which no policy keeps.
    return Encoding{std::move(*exact), Fidelity::exact, 0};
  }
  return Encoding{quantised(picture, request), Fidelity::approximate, bit(OutputNote::colors_reduced)};
}

}  // namespace imgopt
