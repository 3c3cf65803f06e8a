// The image formats that ImgOpt reads and writes, and how bytes tell which one they are.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace imgopt {

// Values stand in batch manifests, cache entries and build states: never change one.
enum class ImageFormat : std::uint8_t { png = 1, jpeg = 2, webp = 3, avif = 4, jxl = 5, gif = 6, tiff = 7 };

inline constexpr std::array k_all_formats = {ImageFormat::png,  ImageFormat::jpeg, ImageFormat::webp,
                                             ImageFormat::avif, ImageFormat::jxl,  ImageFormat::gif,
                                             ImageFormat::tiff};
// One more than the largest value: the length of a table indexed by format.
inline constexpr std::size_t k_format_slots = 8;

[[nodiscard]] std::string_view format_name(ImageFormat format);       // "png", "jpeg", ...
[[nodiscard]] std::string_view format_extension(ImageFormat format);  // without the dot: "jpg" for JPEG
[[nodiscard]] std::optional<ImageFormat> format_from_name(std::string_view name);
// The format that a file-name extension (with or without the dot, any case) stands for.
[[nodiscard]] std::optional<ImageFormat> format_from_extension(std::string_view extension);

// What the first bytes of a file say it is.
// Values stand in build states: never change one.
enum class ContentKind : std::uint8_t {
  unknown = 0,      // no image that we know
  image = 1,        // one of ImageFormat
  empty = 2,        // no bytes at all
  lfs_pointer = 3,  // a Git LFS pointer in place of the file
  other_image = 4   // an image in a format that ImgOpt leaves alone (SVG, BMP, PSD, ...)
};

struct SniffedContent {
  ContentKind kind = ContentKind::unknown;
  ImageFormat format = ImageFormat::png;  // meaningful for ContentKind::image alone
  std::string_view description;           // for people: "PNG image", "Git LFS pointer", ...
};

// How many of a file's first bytes `sniff_content` looks at.
inline constexpr std::size_t k_sniff_bytes = 512;

// Tells content by magic numbers; this is all that the tool ever parses of an image. `head` holds the first
// bytes of the file, all of it where it is shorter than k_sniff_bytes. Source of the numbers: each format's
// specification.
[[nodiscard]] SniffedContent sniff_content(ByteView head);

}  // namespace imgopt
