#include "worker/png_codec.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "worker/animation_timeline.hpp"
#include "worker/metadata.hpp"
#include "worker/metrics/ssimulacra2.hpp"
#include "worker/png/png_optimizer.hpp"
#include "worker/preparation.hpp"

namespace imgopt {

namespace {

constexpr std::uint64_t k_no_pixel_limit = std::uint64_t{1} << 40;  // the source was held against one

// How far the score of a palette may lie below the quality asked for. Palettes of photographs at 80 score 65
// to 85.
constexpr double k_palette_tolerance = 20.0;

// Effort at which a lossless file is weighed against a palette before it is worth making well.
constexpr int k_weighing_effort = 2;

png::OptimizeOptions options_of(const EncodeRequest& request, int effort) {
  png::OptimizeOptions options;
  options.effort = effort;
  options.transparent_color = static_cast<png::TransparentColor>(request.settings.transparent_color);
  options.ancillary = png::AncillaryPolicy::all;
  options.max_pixels = k_no_pixel_limit;
  return options;
}

png::EncodeMetadata metadata_of(const Picture& picture, MetadataPolicy policy) {
  png::EncodeMetadata metadata;
  const ByteView profile = blob_field(picture.image, VIPS_META_ICC_NAME);
  metadata.icc_profile.assign(profile.begin(), profile.end());
  Bytes exif = kept_exif(picture.image, policy);
  constexpr std::size_t k_exif_prefix_bytes = 6;
  if (exif.size() > k_exif_prefix_bytes)
    metadata.exif.assign(exif.begin() + k_exif_prefix_bytes, exif.end());
  for (TextField& field : kept_texts(picture.image, policy))
    metadata.texts.push_back({std::move(field.keyword), std::move(field.text)});
  if (const ByteView xmp = kept_xmp(picture.image, policy); !xmp.empty())
    metadata.texts.push_back({"XML:com.adobe.xmp", std::string(xmp.begin(), xmp.end())});
  return metadata;
}

// Quantised by libvips, packed by us; nullopt where 256 colours are too few for the quality.
Result<std::optional<Bytes>> palette_file(const Picture& picture, const EncodeRequest& request) {
  // Dither noise would be art of its own in pixel art.
  const double dither = request.settings.role == Role::pixel_art ? 0.0 : 1.0;
  const Bytes quantised = save_picture(picture, request,
                                       vips::VImage::option()
                                           ->set("palette", true)
                                           ->set("Q", request.quality)
                                           ->set("dither", dither)
                                           ->set("effort", std::clamp(request.settings.effort + 2, 1, 10))
                                           ->set("compression", 1));
  IMGOPT_ASSIGN(const PixelBuffer decoded, png::decode_png(quantised, k_no_pixel_limit));
  // A search for a score looks at the score itself.
  if (request.settings.quality_mode == Quality::fixed) {
    IMGOPT_ASSIGN(const double score, ssimulacra2(picture.view(), decoded.view()));
    if (score < request.quality - k_palette_tolerance)
      return std::nullopt;
  }
  IMGOPT_ASSIGN(Bytes packed, png::encode_png(decoded.view(), metadata_of(picture, request.settings.metadata),
                                              options_of(request, request.settings.effort)));
  return packed;
}

// Whether a palette may be tried: not for data, nor for samples that it could not hold, nor for the frames of
// an animation, which libvips would quantise as one tall picture.
bool allows_palette(const Picture& picture, const EncodeRequest& request) {
  return request.lossless == Lossless::no && picture.bits() == 8 && picture.frames == 1 &&
         !is_data(request.settings.role);
}

png::AnimationTiming timing_of(const Picture& picture) {
  png::AnimationTiming timing;
  timing.delays_ms = frame_delays(picture.image, picture.frames);
  const int plays = picture.image.get_typeof("loop") != 0 ? picture.image.get_int("loop") : 0;
  timing.plays = static_cast<std::uint32_t>(std::max(0, plays));
  return timing;
}

}  // namespace

Result<Encoding> encode_png(const Picture& picture, const EncodeRequest& request) {
  const png::EncodeMetadata metadata = metadata_of(picture, request.settings.metadata);
  const auto lossless_file = [&](int effort) {
    const png::OptimizeOptions options = options_of(request, effort);
    return picture.frames > 1
               ? png::encode_animated_png(picture.view(), timing_of(picture), metadata, options)
               : png::encode_png(picture.view(), metadata, options);
  };
  std::optional<Bytes> palette;
  if (allows_palette(picture, request)) {
    IMGOPT_ASSIGN(palette, palette_file(picture, request));
  }
  if (palette) {
    IMGOPT_ASSIGN(const Bytes quick,
                  lossless_file(std::min(int{request.settings.effort}, k_weighing_effort)));
    if (quick.size() > palette->size())
      return Encoding{std::move(*palette), Fidelity::approximate, 0};
  }
  IMGOPT_ASSIGN(Bytes lossless, lossless_file(request.settings.effort));
  return Encoding{std::move(lossless), Fidelity::exact, 0};
}

}  // namespace imgopt
