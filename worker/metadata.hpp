// Metadata policies: which EXIF, XMP, IPTC and texts a picture takes to its encoder.
//
// Every codec here writes upright pixels, so no orientation ever comes out of these functions.
#pragma once

#include <string>
#include <vector>
#include <vips/vips8>

#include "base/bytes.hpp"
#include "protocol/output_settings.hpp"

namespace imgopt {

// A copy of `image` with the fields that the policy keeps and no others, for libvips' savers: nothing; EXIF's
// Artist and Copyright; or all. The profile, delays and loop count stay, since they say how pixels are shown.
// Throws as libvips does.
[[nodiscard]] vips::VImage with_metadata_policy(const vips::VImage& image, MetadataPolicy policy);

// Whether EXIF, XMP, IPTC or comments hang on the image.
[[nodiscard]] bool has_metadata_fields(const vips::VImage& image);

// A blob that hangs on the image, empty where there is none. Valid as long as the image.
[[nodiscard]] ByteView blob_field(const vips::VImage& image, const char* name);

// The payload of an EXIF APP1 segment ("Exif", two zero bytes, a TIFF structure) that the policy keeps, made
// upright; empty where there is none.
[[nodiscard]] Bytes kept_exif(const vips::VImage& image, MetadataPolicy policy);

// XMP packets and IPTC records, which only MetadataPolicy::all keeps.
[[nodiscard]] ByteView kept_xmp(const vips::VImage& image, MetadataPolicy policy);
[[nodiscard]] ByteView kept_iptc(const vips::VImage& image, MetadataPolicy policy);

// A PNG's texts.
struct TextField {
  std::string keyword;
  std::string text;
};
[[nodiscard]] std::vector<TextField> kept_texts(const vips::VImage& image, MetadataPolicy policy);

}  // namespace imgopt
