#include "worker/jpeg/jpeg_markers.hpp"

#include <algorithm>
#include <cstring>

#include "worker/jpeg/jpeg_constants.hpp"

namespace imgopt::jpeg {
namespace {

constexpr std::string_view k_extended_xmp_prefix{"http://ns.adobe.com/xmp/extension/\0", 35};
constexpr std::string_view k_iso_gain_map_prefix{"urn:iso:std:iso:ts:21496:-1\0", 28};
constexpr std::size_t k_max_segments = 65536;

bool is_standalone(std::uint8_t marker) {
  return marker == k_marker_tem || (marker >= k_marker_rst0 && marker <= k_marker_soi);
}

// Offset of the first 0xFF at or after `offset` that begins a marker other than RSTn, else data.size().
std::size_t find_scan_end(ByteView data, std::size_t offset) {
  while (offset + 1 < data.size()) {
    const void* hit = std::memchr(data.data() + offset, 0xFF, data.size() - offset - 1);
    if (hit == nullptr)
      return data.size();
    offset = static_cast<std::size_t>(static_cast<const std::uint8_t*>(hit) - data.data());
    const std::uint8_t next = data[offset + 1];
    if (next == 0xFF) {  // fill byte
      ++offset;
    } else if (next == 0 || (next >= k_marker_rst0 && next <= k_marker_rst7)) {
      offset += 2;
    } else {
      return offset;
    }
  }
  return data.size();
}

// The marker code at or after `offset`, with `offset` moved past it; bytes before it are skipped as decoders
// do.
std::uint8_t next_marker(ByteView data, std::size_t& offset) {
  while (offset + 1 < data.size()) {
    if (data[offset] == 0xFF && data[offset + 1] != 0 && data[offset + 1] != 0xFF) {
      offset += 2;
      return data[offset - 1];
    }
    ++offset;
  }
  return 0;
}

}  // namespace

bool starts_with(ByteView data, std::string_view prefix) {
  return data.size() >= prefix.size() && std::memcmp(data.data(), prefix.data(), prefix.size()) == 0;
}

bool is_metadata(std::uint8_t marker) {
  return (marker >= k_marker_app0 && marker <= k_marker_app15) || marker == k_marker_com;
}

bool is_frame_header(std::uint8_t marker) {
  return marker >= k_marker_sof0 && marker <= k_marker_sof15 && marker != k_marker_dht &&
         marker != k_marker_jpg && marker != k_marker_dac;
}

Result<Layout> parse_layout(ByteView jpeg) {
  if (jpeg.size() < 4 || jpeg[0] != 0xFF || jpeg[1] != k_marker_soi)
    return fail(ErrorCode::corrupt_image, "not a JPEG file");
  Layout layout;
  bool has_frame = false;
  std::size_t offset = 2;
  for (;;) {
    const std::uint8_t marker = next_marker(jpeg, offset);
    if (marker == 0)
      return fail(ErrorCode::corrupt_image, "JPEG ends before its end marker");
    if (marker == k_marker_eoi)
      break;
    if (is_standalone(marker))
      continue;
    if (layout.segments.size() == k_max_segments)
      return fail(ErrorCode::limit_exceeded, "JPEG has more marker segments than allowed");
    const std::size_t start = offset - 2;
    const std::size_t length =
        jpeg.size() - offset < 2 ? 0 : std::size_t{jpeg[offset]} << 8 | jpeg[offset + 1];
    if (length < 2 || length > jpeg.size() - offset)
      return fail(ErrorCode::corrupt_image, "JPEG marker segment has an impossible length");
    Segment segment;
    segment.marker = marker;
    segment.payload = jpeg.subspan(offset + 2, length - 2);
    offset += length;
    has_frame = has_frame || is_frame_header(marker);
    if (marker == k_marker_sos) {
      if (!has_frame)
        return fail(ErrorCode::corrupt_image, "JPEG has a scan before its frame header");
      offset = find_scan_end(jpeg, offset);
      ++layout.scan_count;
    }
    segment.whole = jpeg.subspan(start, offset - start);
    layout.segments.push_back(segment);
  }
  if (layout.scan_count == 0)
    return fail(ErrorCode::corrupt_image, "JPEG has no scan");
  layout.trailing = jpeg.subspan(offset);
  return layout;
}

MetadataKind classify(const Segment& segment) {
  const ByteView data = segment.payload;
  switch (segment.marker) {
    case k_marker_app0:
      return starts_with(data, {"JFIF\0", 5}) ? MetadataKind::jfif : MetadataKind::other;
    case k_marker_app1:
      if (starts_with(data, k_exif_prefix))
        return MetadataKind::exif;
      if (starts_with(data, k_xmp_prefix) || starts_with(data, k_extended_xmp_prefix))
        return MetadataKind::xmp;
      return MetadataKind::other;
    case k_marker_app2:
      if (starts_with(data, k_icc_prefix))
        return MetadataKind::icc;
      if (starts_with(data, k_mpf_prefix))
        return MetadataKind::multi_picture;
      return starts_with(data, k_iso_gain_map_prefix) ? MetadataKind::gain_map : MetadataKind::other;
    case k_marker_app11:
      // "JP", u16 box instance, u32 packet, u32 length, then the box type.
      if (!starts_with(data, "JP") || data.size() < 16)
        return MetadataKind::other;
      return starts_with(data.subspan(12), "jumb") ? MetadataKind::content_credentials
                                                   : MetadataKind::layered_data;
    case k_marker_app13:
      return starts_with(data, k_photoshop_prefix) ? MetadataKind::iptc : MetadataKind::other;
    case k_marker_app14:
      return starts_with(data, "Adobe") && data.size() >= 12 ? MetadataKind::adobe : MetadataKind::other;
    case k_marker_com:
      return MetadataKind::comment;
    default:
      return MetadataKind::other;
  }
}

}  // namespace imgopt::jpeg
