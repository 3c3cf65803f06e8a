#include "worker/jpeg/jpeg_info.hpp"

#include <algorithm>
#include <string_view>

#include "worker/jpeg/jpeg_exif.hpp"
#include "worker/jpeg/jpeg_tiff.hpp"

namespace imgopt::jpeg {
namespace {

// Frame header (T.81 B.2.2): precision, u16 height, u16 width, component count, then per component its id,
// sampling factors and quantisation table.
struct FrameHeader {
  std::array<std::uint8_t, k_max_components> ids{};
};

Result<FrameHeader> read_frame(const Segment& segment, JpegInfo& info) {
  const ByteView data = segment.payload;
  if (data.size() < 6 || data.size() != 6 + std::size_t{data[5]} * 3 || data[5] == 0)
    return fail(ErrorCode::corrupt_image, "JPEG frame header has an impossible length");
  info.precision = data[0];
  info.height = read_u16(data, 1, ByteOrder::big_endian);
  info.width = read_u16(data, 3, ByteOrder::big_endian);
  info.components = data[5];
  if (info.width == 0)
    return fail(ErrorCode::corrupt_image, "JPEG has no width");
  const unsigned type = segment.marker & 0x0FU;
  info.progressive = (type & 3U) == 2;
  info.lossless = (type & 3U) == 3;
  info.hierarchical = (type & 4U) != 0;
  info.arithmetic = type >= 8;
  FrameHeader frame;
  const auto known = std::min<std::size_t>(data[5], k_max_components);
  for (std::size_t c = 0; c < known; ++c) {
    const std::uint8_t factors = data[6 + c * 3 + 1];
    frame.ids[c] = data[6 + c * 3];
    info.sampling[c] = {static_cast<std::uint8_t>(factors >> 4), static_cast<std::uint8_t>(factors & 0x0FU)};
    const auto in_range = [](std::uint8_t factor) { return factor >= 1 && factor <= 4; };
    if (!in_range(info.sampling[c].horizontal) || !in_range(info.sampling[c].vertical))
      return fail(ErrorCode::corrupt_image, "JPEG has an impossible sampling factor");
  }
  return frame;
}

// The rules that libjpeg and the browsers follow.
ColorModel color_model_of(const JpegInfo& info, const FrameHeader& frame, bool has_jfif,
                          int adobe_transform) {
  switch (info.components) {
    case 1:
      return ColorModel::grey;
    case 3:
      if (has_jfif)
        return ColorModel::ycbcr;
      if (adobe_transform >= 0)
        return adobe_transform == 0 ? ColorModel::rgb : ColorModel::ycbcr;
      return frame.ids[0] == 'R' && frame.ids[1] == 'G' && frame.ids[2] == 'B' ? ColorModel::rgb
                                                                               : ColorModel::ycbcr;
    case 4:
      return adobe_transform == 2 ? ColorModel::ycck : ColorModel::cmyk;
    default:
      return ColorModel::unknown;
  }
}

bool mentions_gain_map(ByteView xmp) {
  const std::string_view text(reinterpret_cast<const char*>(xmp.data()), xmp.size());
  return text.find("http://ns.adobe.com/hdr-gain-map/") != std::string_view::npos ||
         text.find("HDRGainMap") != std::string_view::npos;
}

enum class OtherPictures { none, previews, independent };

// MPF (CIPA DC-007): tag 0xB002 lists 16 bytes an image, the first four hold the type in their lower 24 bits.
OtherPictures other_pictures(ByteView payload) {
  constexpr std::uint16_t k_tag_entries = 0xB002;
  constexpr std::uint32_t k_type_primary = 0x030000;
  constexpr std::uint32_t k_class_thumbnail = 0x01;
  const auto directory = read_first_directory(payload.subspan(k_mpf_prefix.size()));
  if (!directory)
    return OtherPictures::independent;
  const TiffEntry* entries = directory->find(k_tag_entries);
  if (entries == nullptr || entries->value.size() < 16)
    return OtherPictures::independent;
  OtherPictures result = OtherPictures::none;
  for (std::size_t i = 0; i + 16 <= entries->value.size(); i += 16) {
    const std::uint32_t type = read_u32(entries->value, i, directory->order) & 0xFFFFFFU;
    // The first entry is the image itself, whatever type it claims.
    if (i == 0 || type == k_type_primary)
      continue;
    if (type >> 16 != k_class_thumbnail)
      return OtherPictures::independent;
    result = OtherPictures::previews;
  }
  return result;
}

void note_metadata(const Segment& segment, JpegInfo& info, bool& has_jfif, int& adobe_transform) {
  switch (classify(segment)) {
    case MetadataKind::jfif:
      has_jfif = true;
      break;
    case MetadataKind::adobe:
      adobe_transform = segment.payload[11];
      break;
    case MetadataKind::exif:
      // The first one counts, as for browsers.
      if (!info.has_exif)
        info.orientation = read_exif(segment.payload).orientation;
      info.has_exif = true;
      break;
    case MetadataKind::xmp:
      info.has_xmp = true;
      info.has_gain_map = info.has_gain_map || mentions_gain_map(segment.payload);
      break;
    case MetadataKind::iptc:
      info.has_iptc = true;
      break;
    case MetadataKind::icc:
      info.has_icc = true;
      break;
    case MetadataKind::multi_picture: {
      const OtherPictures others = other_pictures(segment.payload);
      info.has_gain_map = info.has_gain_map || others == OtherPictures::independent;
      info.has_preview_images = info.has_preview_images || others == OtherPictures::previews;
      break;
    }
    case MetadataKind::gain_map:
    case MetadataKind::layered_data:
      info.has_gain_map = true;
      break;
    case MetadataKind::content_credentials:
      info.has_content_credentials = true;
      break;
    case MetadataKind::comment:
    case MetadataKind::other:
      break;
  }
}

}  // namespace

Result<JpegInfo> read_jpeg_info(const Layout& layout) {
  JpegInfo info;
  FrameHeader frame;
  bool has_frame = false;
  bool has_jfif = false;
  int adobe_transform = -1;
  for (const Segment& segment : layout.segments) {
    if (is_frame_header(segment.marker)) {
      if (has_frame && !info.hierarchical)
        return fail(ErrorCode::corrupt_image, "JPEG has two frame headers");
      if (!has_frame) {
        IMGOPT_ASSIGN(frame, read_frame(segment, info));
      }
      has_frame = true;
    } else if (is_metadata(segment.marker)) {
      note_metadata(segment, info, has_jfif, adobe_transform);
    }
  }
  info.color_model = color_model_of(info, frame, has_jfif, adobe_transform);
  info.scans = layout.scan_count;
  info.trailing_bytes = layout.trailing.size();
  return info;
}

Result<JpegInfo> read_jpeg_info(ByteView jpeg) {
  IMGOPT_ASSIGN(const Layout layout, parse_layout(jpeg));
  return read_jpeg_info(layout);
}

}  // namespace imgopt::jpeg
