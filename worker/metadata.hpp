// Metadata policies: which EXIF, XMP, IPTC and comments a picture takes to its encoder.
#pragma once

#include <vips/vips8>

#include "protocol/output_settings.hpp"

namespace imgopt {

// A copy of `image` with the fields that the policy keeps and no others: nothing; EXIF's Artist and
// Copyright; or all. The profile, delays and loop count stay, since they say how pixels are shown. Throws as
// libvips does.
[[nodiscard]] vips::VImage with_metadata_policy(const vips::VImage& image, MetadataPolicy policy);

// Whether EXIF, XMP, IPTC or comments hang on the image.
[[nodiscard]] bool has_metadata_fields(const vips::VImage& image);

}  // namespace imgopt
