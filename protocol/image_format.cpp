#include "protocol/image_format.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace imgopt {

namespace {

struct FormatNames {
  ImageFormat format;
  std::string_view name;
  std::string_view extension;
  std::string_view description;
};

constexpr std::array k_names = {
    FormatNames{ImageFormat::png, "png", "png", "PNG image"},
    FormatNames{ImageFormat::jpeg, "jpeg", "jpg", "JPEG image"},
    FormatNames{ImageFormat::webp, "webp", "webp", "WebP image"},
    FormatNames{ImageFormat::avif, "avif", "avif", "AVIF image"},
    FormatNames{ImageFormat::jxl, "jxl", "jxl", "JPEG XL image"},
    FormatNames{ImageFormat::gif, "gif", "gif", "GIF image"},
    FormatNames{ImageFormat::tiff, "tiff", "tif", "TIFF image"},
};

struct ExtensionAlias {
  std::string_view extension;
  ImageFormat format;
};

constexpr std::array k_aliases = {
    ExtensionAlias{"jpeg", ImageFormat::jpeg}, ExtensionAlias{"jpe", ImageFormat::jpeg},
    ExtensionAlias{"jfif", ImageFormat::jpeg}, ExtensionAlias{"apng", ImageFormat::png},
    ExtensionAlias{"tiff", ImageFormat::tiff},
};

const FormatNames& names_of(ImageFormat format) {
  return *std::find_if(k_names.begin(), k_names.end(), [&](const auto& n) { return n.format == format; });
}

bool starts_with(ByteView head, std::string_view magic, std::size_t at = 0) {
  return head.size() >= at + magic.size() && std::memcmp(head.data() + at, magic.data(), magic.size()) == 0;
}

SniffedContent image(ImageFormat format) {
  return {ContentKind::image, format, names_of(format).description};
}

// ISO base media file: the major brand and the compatible brands of the leading `ftyp` box.
bool has_brand(ByteView head, std::string_view brand) {
  const std::size_t box = (std::size_t{head[0]} << 24) | (std::size_t{head[1]} << 16) |
                          (std::size_t{head[2]} << 8) | std::size_t{head[3]};
  const std::size_t end = std::min(head.size(), box);
  for (std::size_t at = 8; at + 4 <= end; at += 4) {
    if (at == 12)
      continue;  // the minor version, no brand
    if (starts_with(head, brand, at))
      return true;
  }
  return false;
}

std::optional<std::string_view> other_image(ByteView head) {
  using namespace std::string_view_literals;
  struct Magic {
    std::string_view magic;
    std::string_view description;
  };
  static constexpr std::array k_magics = {
      Magic{"BM"sv, "BMP image"},           Magic{"8BPS"sv, "Photoshop document"},
      Magic{"\0\0\1\0"sv, "ICO icon"},      Magic{"DDS "sv, "DDS texture"},
      Magic{"%PDF"sv, "PDF document"},      Magic{"\xabKTX"sv, "KTX texture"},
      Magic{"v/1\1"sv, "OpenEXR image"},    Magic{"#?RADIANCE"sv, "Radiance HDR image"},
      Magic{"gimp xcf"sv, "GIMP document"}, Magic{"\0\0\0\x0cjP  "sv, "JPEG 2000 image"},
      Magic{"qoif"sv, "QOI image"},
  };
  for (const Magic& m : k_magics)
    if (starts_with(head, m.magic))
      return m.description;
  // SVG: an XML text whose first element, within what we look at, is <svg.
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  const std::size_t first = text.find_first_not_of("\xef\xbb\xbf \t\r\n");
  if (first != std::string_view::npos && text[first] == '<' && text.find("<svg") != std::string_view::npos)
    return "SVG drawing";
  if (starts_with(head, "ftyp", 4) && (has_brand(head, "heic") || has_brand(head, "mif1")))
    return "HEIF image";
  return std::nullopt;
}

}  // namespace

std::string_view format_name(ImageFormat format) {
  return names_of(format).name;
}
std::string_view format_extension(ImageFormat format) {
  return names_of(format).extension;
}

std::optional<ImageFormat> format_from_name(std::string_view name) {
  for (const auto& n : k_names)
    if (n.name == name)
      return n.format;
  if (name == "jpg")
    return ImageFormat::jpeg;
  if (name == "tif")
    return ImageFormat::tiff;
  return std::nullopt;
}

std::optional<ImageFormat> format_from_extension(std::string_view extension) {
  if (extension.starts_with('.'))
    extension.remove_prefix(1);
  std::string lower(extension);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  for (const auto& n : k_names)
    if (n.extension == lower)
      return n.format;
  for (const auto& a : k_aliases)
    if (a.extension == lower)
      return a.format;
  return std::nullopt;
}

SniffedContent sniff_content(ByteView head) {
  using namespace std::string_view_literals;
  if (head.empty())
    return {ContentKind::empty, {}, "empty file"};
  if (starts_with(head, "\x89PNG\r\n\x1a\n"sv))
    return image(ImageFormat::png);
  if (starts_with(head, "\xff\xd8\xff"sv))
    return image(ImageFormat::jpeg);
  if (starts_with(head, "RIFF"sv) && starts_with(head, "WEBP"sv, 8))
    return image(ImageFormat::webp);
  if (starts_with(head, "GIF87a"sv) || starts_with(head, "GIF89a"sv))
    return image(ImageFormat::gif);
  if (starts_with(head, "II*\0"sv) || starts_with(head, "MM\0*"sv) || starts_with(head, "II+\0"sv) ||
      starts_with(head, "MM\0+"sv))
    return image(ImageFormat::tiff);
  if (starts_with(head, "\xff\x0a"sv) || starts_with(head, "\0\0\0\x0cJXL \r\n\x87\n"sv))
    return image(ImageFormat::jxl);
  if (starts_with(head, "ftyp"sv, 4) && (has_brand(head, "avif") || has_brand(head, "avis")))
    return image(ImageFormat::avif);
  if (starts_with(head, "version https://git-lfs.github.com/spec/"sv))
    return {ContentKind::lfs_pointer, {}, "Git LFS pointer"};
  if (const auto description = other_image(head))
    return {ContentKind::other_image, {}, *description};
  return {ContentKind::unknown, {}, "unknown content"};
}

}  // namespace imgopt
