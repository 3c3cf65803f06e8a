// Splits a JPEG file into its marker segments without decoding it, and tells what they are for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace imgopt::jpeg {

// One marker segment, by views into the file.
struct Segment {
  std::uint8_t marker = 0;
  ByteView whole;    // marker and length included; for SOS also the entropy-coded data that follows
  ByteView payload;  // what follows the length field; for SOS the scan header alone
};

struct Layout {
  std::vector<Segment> segments;  // between SOI and EOI, in order
  ByteView trailing;              // what follows EOI
  int scan_count = 0;
};

// Purposes of APPn and COM segments.
enum class MetadataKind {
  jfif,                 // APP0 "JFIF"
  adobe,                // APP14 "Adobe": the colour transform
  exif,                 // APP1 "Exif"
  xmp,                  // APP1, standard or extended XMP
  iptc,                 // APP13 "Photoshop 3.0"
  icc,                  // APP2 "ICC_PROFILE"
  multi_picture,        // APP2 "MPF"
  gain_map,             // APP2 of ISO 21496-1
  content_credentials,  // APP11 JUMBF (C2PA)
  layered_data,         // APP11 boxes of JPEG XT (ISO 18477): further image data
  comment,              // COM
  other
};

// Errors: corrupt_image for a file that is no sequence of JPEG segments with SOI, SOF, SOS and EOI;
// limit_exceeded for more segments than any sane file has.
[[nodiscard]] Result<Layout> parse_layout(ByteView jpeg);

[[nodiscard]] bool is_metadata(std::uint8_t marker);      // APPn or COM
[[nodiscard]] bool is_frame_header(std::uint8_t marker);  // SOF0..SOF15
[[nodiscard]] MetadataKind classify(const Segment& segment);

[[nodiscard]] bool starts_with(ByteView data, std::string_view prefix);

inline constexpr std::string_view k_exif_prefix{"Exif\0\0", 6};
inline constexpr std::string_view k_xmp_prefix{"http://ns.adobe.com/xap/1.0/\0", 29};
inline constexpr std::string_view k_icc_prefix{"ICC_PROFILE\0", 12};
inline constexpr std::string_view k_mpf_prefix{"MPF\0", 4};
inline constexpr std::string_view k_photoshop_prefix{"Photoshop 3.0\0", 14};

}  // namespace imgopt::jpeg
