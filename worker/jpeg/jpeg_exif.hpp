// The few facts of Exif, XMP and IPTC that survive a metadata policy: orientation, artist, copyright.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "worker/jpeg/jpeg_info.hpp"
#include "worker/jpeg/jpeg_markers.hpp"

namespace imgopt::jpeg {

struct ExifFacts {
  Orientation orientation = Orientation::upright;
  std::string artist;     // as stored, without the final NUL
  std::string copyright;  // the same
};

// Reads the payload of an Exif APP1 segment; what is damaged or absent keeps its default.
[[nodiscard]] ExifFacts read_exif(ByteView payload);

// Artist and copyright from all metadata of a file: Exif first, then XMP (dc:creator, dc:rights), then IPTC
// (by-line, copyright notice); the orientation is Exif's.
[[nodiscard]] ExifFacts collect_facts(const Layout& layout);

// The payload of an Exif APP1 segment that holds nothing but those facts; empty where there are none.
[[nodiscard]] Bytes build_minimal_exif(const ExifFacts& facts);

// A copy of an Exif payload whose orientation tag says upright.
[[nodiscard]] Bytes exif_made_upright(ByteView payload);

}  // namespace imgopt::jpeg
