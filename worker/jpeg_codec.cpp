#include "worker/jpeg_codec.hpp"

#include <string_view>
#include <utility>

#include "worker/jpeg/jpeg_encoder.hpp"
#include "worker/jpeg/jpeg_markers.hpp"
#include "worker/metadata.hpp"

namespace imgopt {

namespace {

jpeg::ScanStyle style_of(Progressive progressive) {
  switch (progressive) {
    case Progressive::no:
      return jpeg::ScanStyle::sequential;
    case Progressive::yes:
      return jpeg::ScanStyle::progressive;
    case Progressive::automatic:
      break;
  }
  return jpeg::ScanStyle::smallest;
}

jpeg::Subsampling subsampling_of(const EncodeRequest& request) {
  switch (request.settings.subsampling) {
    case ChromaSubsampling::s420:
      return jpeg::Subsampling::s420;
    case ChromaSubsampling::s422:
      return jpeg::Subsampling::s422;
    case ChromaSubsampling::s444:
      return jpeg::Subsampling::s444;
    case ChromaSubsampling::automatic:
      break;
  }
  // Edges of drawings and the axes of data show what subsampling takes away; photographs seldom do.
  return request.settings.role == Role::color ? jpeg::Subsampling::automatic : jpeg::Subsampling::s444;
}

// One marker segment; empty where the payload is or does not fit.
Bytes segment(std::uint8_t marker, std::string_view prefix, ByteView payload) {
  constexpr std::size_t k_most_bytes = 65533;
  const std::size_t size = prefix.size() + payload.size();
  if (payload.empty() || size > k_most_bytes)
    return {};
  Bytes bytes;
  bytes.reserve(size + 4);
  for (const std::size_t byte : {std::size_t{0xff}, std::size_t{marker}, (size + 2) >> 8, (size + 2) & 0xff})
    bytes.push_back(static_cast<std::uint8_t>(byte));
  bytes.insert(bytes.end(), prefix.begin(), prefix.end());
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

// Puts XMP and IPTC before the first segment that is neither JFIF nor EXIF.
Bytes with_xmp_and_iptc(Bytes file, const vips::VImage& image, MetadataPolicy policy) {
  Bytes added = segment(jpeg::k_marker_app1, jpeg::k_xmp_prefix, kept_xmp(image, policy));
  const Bytes iptc = segment(jpeg::k_marker_app13, {}, kept_iptc(image, policy));
  added.insert(added.end(), iptc.begin(), iptc.end());
  if (added.empty())
    return file;
  const auto layout = jpeg::parse_layout(file);
  if (!layout)
    return file;
  std::size_t at = 2;
  for (const jpeg::Segment& part : layout->segments) {
    const bool stays_first =
        jpeg::is_metadata(part.marker) && (jpeg::classify(part) == jpeg::MetadataKind::jfif ||
                                           jpeg::classify(part) == jpeg::MetadataKind::exif);
    if (!stays_first)
      break;
    at += part.whole.size();
  }
  file.insert(file.begin() + static_cast<std::ptrdiff_t>(at), added.begin(), added.end());
  return file;
}

}  // namespace

Result<Encoding> encode_jpeg(const Picture& picture, const EncodeRequest& request) {
  if (request.lossless == Lossless::yes)
    return fail(ErrorCode::unsupported_image, "JPEG is lossless only from a JPEG source of the same size");
  const MetadataPolicy policy = request.settings.metadata;
  const Bytes exif = kept_exif(picture.image, policy);
  jpeg::EncodeOptions options;
  options.quality = request.quality + request.tenths / 10.0;
  options.subsampling = subsampling_of(request);
  options.effort = request.settings.effort;
  options.style = style_of(request.settings.progressive);
  options.exif = exif;
  IMGOPT_ASSIGN(Bytes file, jpeg::encode_jpeg(picture.view(), options));
  return Encoding{with_xmp_and_iptc(std::move(file), picture.image, policy), Fidelity::approximate, 0};
}

}  // namespace imgopt
