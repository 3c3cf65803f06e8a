#include "worker/metadata.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "worker/jpeg/jpeg_exif.hpp"
#include "worker/jpeg/jpeg_markers.hpp"

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

ByteView blob_field(const vips::VImage& image, const char* name) {
  const void* data = nullptr;
  std::size_t size = 0;
  if (vips_image_get_typeof(image.get_image(), name) != VIPS_TYPE_BLOB ||
      vips_image_get_blob(image.get_image(), name, &data, &size) != 0)
    return {};
  return {static_cast<const std::uint8_t*>(data), size};
}

Bytes kept_exif(const vips::VImage& image, MetadataPolicy policy) {
  const ByteView stored = blob_field(image, VIPS_META_EXIF_NAME);
  if (policy == MetadataPolicy::none || stored.empty())
    return {};
  // Only JPEG's loader leaves the prefix on.
  Bytes payload;
  if (!jpeg::starts_with(stored, jpeg::k_exif_prefix))
    payload.assign(jpeg::k_exif_prefix.begin(), jpeg::k_exif_prefix.end());
  payload.insert(payload.end(), stored.begin(), stored.end());
  if (policy == MetadataPolicy::all)
    return jpeg::exif_made_upright(payload);
  jpeg::ExifFacts facts = jpeg::read_exif(payload);
  facts.orientation = jpeg::Orientation::upright;
  return jpeg::build_minimal_exif(facts);
}

ByteView kept_xmp(const vips::VImage& image, MetadataPolicy policy) {
  return policy == MetadataPolicy::all ? blob_field(image, VIPS_META_XMP_NAME) : ByteView();
}

ByteView kept_iptc(const vips::VImage& image, MetadataPolicy policy) {
  return policy == MetadataPolicy::all ? blob_field(image, VIPS_META_IPTC_NAME) : ByteView();
}

std::vector<TextField> kept_texts(const vips::VImage& image, MetadataPolicy policy) {
  constexpr std::string_view k_prefix = "png-comment-";
  std::vector<TextField> texts;
  if (policy == MetadataPolicy::none)
    return texts;
  for (const std::string& name : field_names(image)) {
    // "png-comment-3-Author": the fourth text, its keyword behind the second dash.
    if (!name.starts_with(k_prefix) ||
        vips_image_get_typeof(image.get_image(), name.c_str()) != VIPS_TYPE_REF_STRING)
      continue;
    const std::size_t dash = name.find('-', k_prefix.size());
    const char* text = nullptr;
    if (dash == std::string::npos || vips_image_get_string(image.get_image(), name.c_str(), &text) != 0)
      continue;
    TextField field{name.substr(dash + 1), text};
    const bool names_author = field.keyword == "Copyright" || field.keyword == "Author";
    if (policy == MetadataPolicy::all || names_author)
      texts.push_back(std::move(field));
  }
  return texts;
}

}  // namespace imgopt
