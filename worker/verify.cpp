#include "worker/verify.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "worker/animation_timeline.hpp"
#include "worker/metrics/pixel_pair.hpp"
#include "worker/pixel_comparison.hpp"
#include "worker/preparation.hpp"
#include "worker/source_image.hpp"
#include "worker/vips_call.hpp"

namespace imgopt {

namespace {

// Block means of the coarsest encodings stay well below these; swapped channels, lost halves and noise do
// not.
constexpr double k_most_mean_difference = 20.0;
constexpr double k_most_large_cells = 0.02;

tl::unexpected<Error> differs(const std::string& what) {
  return fail(ErrorCode::internal, "verification failed: " + what);
}

// GIF counts in hundredths of a second, so each frame may be off by that.
Result<void> check_duration(std::span<const std::uint32_t> wanted, std::span<const std::uint32_t> actual) {
  constexpr std::uint64_t k_tolerance = 10;
  const std::uint64_t expected = total_duration(wanted);
  const std::uint64_t have = total_duration(actual);
  const std::uint64_t apart = expected > have ? expected - have : have - expected;
  if (apart > k_tolerance * wanted.size())
    return differs("the animation lasts " + std::to_string(have) + " ms instead of " +
                   std::to_string(expected));
  return {};
}

// The decoded frames as they are shown while the frames of the expected picture are, in one stack of as many.
vips::VImage in_step(const vips::VImage& decoded, const Picture& expected,
                     std::span<const std::uint32_t> shown) {
  std::vector<vips::VImage> frames;
  frames.reserve(shown.size());
  const int height = static_cast<int>(expected.height);
  for (const std::uint32_t frame : shown)
    frames.push_back(decoded.crop(0, static_cast<int>(frame) * height, decoded.width(), height));
  return vips::VImage::arrayjoin(frames, vips::VImage::option()->set("across", 1)).copy_memory();
}

Result<void> check_pixels(const Picture& decoded, const Picture& expected, const EncodeRequest& request,
                          Fidelity fidelity) {
  if (fidelity == Fidelity::exact) {
    const ImageFormat format = request.settings.format;
    // GIF has no place for colour under transparency: only data without loss may insist on it.
    const bool insists = is_data(request.settings.role) && request.lossless == Lossless::yes;
    const TransparentColor hidden = format == ImageFormat::gif && !insists
                                        ? TransparentColor::rewrite
                                        : request.settings.transparent_color;
    if (equal_pixels(expected.view(), decoded.view(), hidden))
      return {};
    // Many builds of libheif convert to YCbCr on the way.
    if (format == ImageFormat::gif || format == ImageFormat::avif)
      return fail(ErrorCode::unsupported_image, "this build cannot write this picture as " +
                                                    std::string(format_name(format)) + " without loss");
    return differs("pixels of a lossless output differ");
  }
  const AlphaDepth depth =
      request.settings.format == ImageFormat::gif ? AlphaDepth::one_bit : AlphaDepth::full;
  const CellDifference difference = cell_difference(expected.view(), decoded.view(), depth);
  if (difference.mean > k_most_mean_difference || difference.share_large > k_most_large_cells)
    return differs("the picture is not the one that was encoded");
  return {};
}

Result<VerifiedPicture> verify(const Encoding& encoding, const Picture& expected,
                               const EncodeRequest& request) {
  const ImageFormat format = request.settings.format;
  const SniffedContent content =
      sniff_content(ByteView(encoding.data).first(std::min(encoding.data.size(), k_sniff_bytes)));
  if (content.kind != ContentKind::image || content.format != format)
    return differs("the output is not " + std::string(format_name(format)));
  auto image = decode_image(encoding.data, format, Frames::all);
  if (!image)
    return differs(image.error().message);
  const auto stacked = static_cast<std::uint32_t>(image->height());
  const std::uint32_t frames = stacked / expected.height;
  if (image->width() != static_cast<int>(expected.width) || frames == 0 || frames > expected.frames ||
      stacked != frames * expected.height)
    return differs("it has " + std::to_string(image->width()) + " x " + std::to_string(stacked) + " pixels");
  if (image->format() != VIPS_FORMAT_UCHAR && image->format() != VIPS_FORMAT_USHORT)
    return differs("its samples have another type");
  if (expected.frames > 1) {
    const std::vector<std::uint32_t> wanted = frame_delays(expected.image, expected.frames);
    const std::vector<std::uint32_t> actual = frame_delays(*image, frames);
    // An animation of equal frames may become a still, which lasts for ever.
    if (frames > 1)
      IMGOPT_TRY(check_duration(wanted, actual));
    if (frames != expected.frames)
      image = in_step(*image, expected, frames_shown(wanted, actual));
  }
  VerifiedPicture verified{{*image, expected.width, expected.height, expected.frames}, frames};
  const Picture& decoded = verified.picture;
  // WebP leaves out an alpha channel that says nothing.
  const bool lost_alpha = expected.has_alpha() && !decoded.has_alpha() && !is_opaque(expected.view());
  if (decoded.channels() > 4 || (lost_alpha && format != ImageFormat::gif))
    return differs("its channels are not those of the picture");
  if (expected.has_profile() && !decoded.has_profile())
    return differs("its profile is lost");
  IMGOPT_TRY(check_pixels(decoded, expected, request, encoding.fidelity));
  return verified;
}

}  // namespace

Result<VerifiedPicture> verify_encoding(const Encoding& encoding, const Picture& expected,
                                        const EncodeRequest& request) {
  return guard_vips("verification", ErrorCode::internal, [&] { return verify(encoding, expected, request); });
}

}  // namespace imgopt
