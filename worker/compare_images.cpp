#include "worker/compare_images.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "worker/metrics/pixel_difference.hpp"
#include "worker/metrics/ssimulacra2.hpp"
#include "worker/picture.hpp"
#include "worker/preparation.hpp"
#include "worker/vips_call.hpp"

namespace imgopt {

namespace {

struct Decoded {
  SourceInfo info;
  vips::VImage image;
};

// Pages are compared as frames are.
Result<Decoded> decode(ByteView bytes, const SourceLimits& limits) {
  Decoded decoded;
  SourceInfo& info = decoded.info;
  IMGOPT_ASSIGN(info, read_source_info(bytes, limits));
  const std::uint64_t pixels = info.total_pixels() * info.pages;
  if (limits.max_total_pixels != 0 && pixels > limits.max_total_pixels)
    return fail(ErrorCode::limit_exceeded, "its pages have " + std::to_string(pixels) + " pixels together");
  const Frames frames = info.pages > 1 ? Frames::pages : info.frames > 1 ? Frames::all : Frames::first;
  IMGOPT_ASSIGN(decoded.image, decode_image(bytes, info.format, frames));
  info.frames *= info.pages;
  info.pages = 1;
  return decoded;
}

Result<Picture> shown(const Decoded& decoded, ColourRule colour) {
  Preparation preparation;
  preparation.frames = decoded.info.frames > 1 ? Frames::all : Frames::first;
  preparation.colour = colour;
  preparation.size = {decoded.info.displayed_width(), decoded.info.displayed_height()};
  preparation.max_bits = 16;
  IMGOPT_ASSIGN(PreparedPicture prepared, prepare(decoded.image, decoded.info, preparation));
  return std::move(prepared.picture);
}

// A profile's bytes; empty: none.
Result<Bytes> profile_of(const Picture& picture) {
  return guard_vips("profile", ErrorCode::corrupt_image, [&picture] {
    if (!picture.has_profile())
      return Bytes();
    std::size_t size = 0;
    const auto* data = static_cast<const std::uint8_t*>(picture.image.get_blob(VIPS_META_ICC_NAME, &size));
    return Bytes(data, data + size);
  });
}

PixelView frame_of(const Picture& picture, std::uint32_t frame) {
  PixelView pixels = picture.view();
  pixels.height = picture.height;
  pixels.data = pixels.data.subspan(pixels.byte_count() * frame, pixels.byte_count());
  return pixels;
}

Result<double> worst_score(const Picture& a, const Picture& b) {
  double worst = 100.0;
  for (std::uint32_t frame = 0; frame < a.frames; ++frame) {
    IMGOPT_ASSIGN(const double score, ssimulacra2(frame_of(a, frame), frame_of(b, frame)));
    worst = std::min(worst, score);
  }
  return worst;
}

ComparedSize size_of(const Picture& picture) {
  return {picture.width, picture.height, picture.frames};
}

// What failed, with the side that is to blame.
template <typename T>
tl::unexpected<ComparisonFailure> blame(ComparedSide side, Result<T>&& failed) {
  return tl::unexpected<ComparisonFailure>(ComparisonFailure{side, std::move(failed).error()});
}

}  // namespace

tl::expected<ImageComparison, ComparisonFailure> compare_images(ByteView a, ByteView b,
                                                                const SourceLimits& limits) {
  auto first = decode(a, limits);
  if (!first)
    return blame(ComparedSide::a, std::move(first));
  auto second = decode(b, limits);
  if (!second)
    return blame(ComparedSide::b, std::move(second));

  auto first_shown = shown(*first, ColourRule::keep_profile);
  if (!first_shown)
    return blame(ComparedSide::a, std::move(first_shown));
  auto second_shown = shown(*second, ColourRule::keep_profile);
  if (!second_shown)
    return blame(ComparedSide::b, std::move(second_shown));
  auto first_profile = profile_of(*first_shown);
  if (!first_profile)
    return blame(ComparedSide::a, std::move(first_profile));
  auto second_profile = profile_of(*second_shown);
  if (!second_profile)
    return blame(ComparedSide::b, std::move(second_profile));

  ImageComparison comparison;
  comparison.a = size_of(*first_shown);
  comparison.b = size_of(*second_shown);
  if (comparison.a != comparison.b)
    return comparison;

  // The score wants sRGB; equality of two images with one profile is decided before the conversion, which
  // rounds small differences away.
  Picture first_srgb = *first_shown;
  Picture second_srgb = *second_shown;
  if (!first_profile->empty() || !second_profile->empty()) {
    auto converted = shown(*first, ColourRule::to_srgb);
    if (!converted)
      return blame(ComparedSide::a, std::move(converted));
    first_srgb = std::move(*converted);
    converted = shown(*second, ColourRule::to_srgb);
    if (!converted)
      return blame(ComparedSide::b, std::move(converted));
    second_srgb = std::move(*converted);
  }
  const bool as_they_are = *first_profile == *second_profile;
  const Picture& left = as_they_are ? *first_shown : first_srgb;
  const Picture& right = as_they_are ? *second_shown : second_srgb;

  auto visible = compare_pixels(left.view(), right.view(), HiddenColour::ignore);
  if (!visible)
    return blame(ComparedSide::both, std::move(visible));
  auto every = compare_pixels(left.view(), right.view(), HiddenColour::compare);
  if (!every)
    return blame(ComparedSide::both, std::move(every));
  comparison.identical = visible->identical;
  comparison.hidden_colour_differs = every->differing_pixels > visible->differing_pixels;
  if (std::isfinite(visible->psnr))
    comparison.psnr = visible->psnr;
  if (comparison.identical) {
    comparison.ssimulacra2 = 100.0;
    return comparison;
  }
  auto score = worst_score(first_srgb, second_srgb);
  if (!score)
    return blame(ComparedSide::both, std::move(score));
  comparison.ssimulacra2 = *score;
  return comparison;
}

}  // namespace imgopt
