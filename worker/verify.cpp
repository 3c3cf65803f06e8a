#include "worker/verify.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "worker/metrics/pixel_pair.hpp"
#include "worker/pixel_comparison.hpp"
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

long total_delay(const vips::VImage& image) {
  if (image.get_typeof("delay") == 0)
    return 0;
  long total = 0;
  for (const int delay : image.get_array_int("delay"))
    total += delay;
  return total;
}

Result<void> check_durations(const vips::VImage& decoded, const Picture& expected) {
  const long wanted = total_delay(expected.image);
  const long have = total_delay(decoded);
  // GIF counts in hundredths of a second.
  if (std::labs(wanted - have) > 10L * expected.frames)
    return differs("the animation lasts " + std::to_string(have) + " ms instead of " +
                   std::to_string(wanted));
  return {};
}

Result<void> check_pixels(const Picture& decoded, const Picture& expected, const EncodeRequest& request,
                          Fidelity fidelity) {
  if (fidelity == Fidelity::exact) {
    if (equal_pixels(expected.view(), decoded.view(), request.settings.transparent_color))
      return {};
    // GIF has too few colours for most pictures, and many builds of libheif convert to YCbCr on the way.
    const ImageFormat format = request.settings.format;
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

}  // namespace

Result<Picture> verify_encoding(const Encoding& encoding, const Picture& expected,
                                const EncodeRequest& request) {
  const ImageFormat format = request.settings.format;
  const SniffedContent content =
      sniff_content(ByteView(encoding.data).first(std::min(encoding.data.size(), k_sniff_bytes)));
  if (content.kind != ContentKind::image || content.format != format)
    return differs("the output is not " + std::string(format_name(format)));
  auto image = decode_image(encoding.data, format, Frames::all);
  if (!image)
    return differs(image.error().message);
  if (image->width() != static_cast<int>(expected.width) ||
      image->height() != static_cast<int>(expected.height * expected.frames))
    return differs("it has " + std::to_string(image->width()) + " x " + std::to_string(image->height()) +
                   " pixels");
  if (image->format() != VIPS_FORMAT_UCHAR && image->format() != VIPS_FORMAT_USHORT)
    return differs("its samples have another type");
  Picture decoded{*image, expected.width, expected.height, expected.frames};
  // WebP leaves out an alpha channel that says nothing.
  const bool lost_alpha = expected.has_alpha() && !decoded.has_alpha() && !is_opaque(expected.view());
  if (decoded.channels() > 4 || (lost_alpha && format != ImageFormat::gif))
    return differs("its channels are not those of the picture");
  if (expected.has_profile() && !decoded.has_profile())
    return differs("its profile is lost");
  if (expected.frames > 1)
    IMGOPT_TRY(guard_vips("verification", ErrorCode::internal,
                          [&]() -> Result<void> { return check_durations(*image, expected); }));
  IMGOPT_TRY(check_pixels(decoded, expected, request, encoding.fidelity));
  return decoded;
}

}  // namespace imgopt
