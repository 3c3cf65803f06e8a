#include "worker/metadata.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace imgopt {

namespace {

// Fields that describe the picture to people and not to decoders.
bool is_metadata_field(std::string_view name) {
  return name == VIPS_META_EXIF_NAME || name == VIPS_META_XMP_NAME || name == VIPS_META_IPTC_NAME ||
         name == VIPS_META_PHOTOSHOP_NAME || name == VIPS_META_IMAGEDESCRIPTION || name == "gif-comment" ||
         name.starts_with("exif-") || name.starts_with("png-comment-");
}

// libvips writes an EXIF block of its own from these, which then holds nothing else of the source.
bool names_the_author(std::string_view name) {
  return name == "exif-ifd0-Copyright" || name == "exif-ifd0-Artist";
}

std::vector<std::string> field_names(const vips::VImage& image) {
  std::vector<std::string> names;
  gchar** const fields = vips_image_get_fields(image.get_image());
  for (gchar** field = fields; field != nullptr && *field != nullptr; ++field)
    names.emplace_back(*field);
  g_strfreev(fields);
  return names;
}

}  // namespace

vips::VImage with_metadata_policy(const vips::VImage& image, MetadataPolicy policy) {
  vips::VImage copy = image.copy();
  // Every codec here writes upright pixels.
  copy.remove(VIPS_META_ORIENTATION);
  copy.remove("exif-ifd0-Orientation");
  if (policy == MetadataPolicy::all)
    return copy;
  for (const std::string& name : field_names(image))
    if (is_metadata_field(name) && !(policy == MetadataPolicy::copyright && names_the_author(name)))
      copy.remove(name.c_str());
  return copy;
}

bool has_metadata_fields(const vips::VImage& image) {
  for (const std::string& name : field_names(image))
    if (is_metadata_field(name))
      return true;
  return false;
}

}  // namespace imgopt
