#include "worker/metadata_conformity.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "worker/jpeg/jpeg_markers.hpp"

namespace imgopt {

namespace {

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string_view text_at(ByteView bytes, std::size_t at, std::size_t length) {
  return {reinterpret_cast<const char*>(bytes.data()) + at, length};
}

std::uint64_t big_endian(ByteView bytes, std::size_t at) {
  return std::uint64_t{bytes[at]} << 24 | std::uint64_t{bytes[at + 1]} << 16 |
         std::uint64_t{bytes[at + 2]} << 8 | bytes[at + 3];
}

std::uint64_t little_endian(ByteView bytes, std::size_t at) {
  return std::uint64_t{bytes[at + 3]} << 24 | std::uint64_t{bytes[at + 2]} << 16 |
         std::uint64_t{bytes[at + 1]} << 8 | bytes[at];
}

// Chunks that say how pixels are shown. PNG specification, third edition, 11.
bool png_is_bare(ByteView png) {
  static constexpr std::array<std::string_view, 17> k_rendering = {
      "IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP",
      "cICP", "mDCV", "cLLI", "acTL", "fcTL", "fdAT", "pHYs", "sBIT"};
  std::size_t at = 8;
  while (png.size() - at >= 12) {
    const std::uint64_t length = big_endian(png, at);
    const std::string_view type = text_at(png, at + 4, 4);
    if (!is_one_of(type, k_rendering) || length > png.size() - at - 12)
      return false;
    at += 12 + static_cast<std::size_t>(length);
    if (type == "IEND")
      return at == png.size();
  }
  return false;
}

bool jpeg_is_bare(ByteView jpeg) {
  const auto layout = jpeg::parse_layout(jpeg);
  if (!layout || !layout->trailing.empty())
    return false;
  return std::all_of(layout->segments.begin(), layout->segments.end(), [](const jpeg::Segment& segment) {
    if (!jpeg::is_metadata(segment.marker))
      return true;
    const jpeg::MetadataKind kind = jpeg::classify(segment);
    return kind == jpeg::MetadataKind::jfif || kind == jpeg::MetadataKind::adobe ||
           kind == jpeg::MetadataKind::icc;
  });
}

// WebP container specification (RFC 9649), 2.7.
bool webp_is_bare(ByteView webp) {
  static constexpr std::array<std::string_view, 7> k_rendering = {"VP8 ", "VP8L", "VP8X", "ALPH",
                                                                  "ANIM", "ANMF", "ICCP"};
  std::size_t at = 12;
  while (webp.size() - at >= 8) {
    const std::uint64_t padded = (little_endian(webp, at + 4) + 1) & ~std::uint64_t{1};
    if (!is_one_of(text_at(webp, at, 4), k_rendering) || padded > webp.size() - at - 8)
      return false;
    at += 8 + static_cast<std::size_t>(padded);
  }
  return at == webp.size();
}

// Skips a GIF's data sub-blocks; false at the end of the bytes.
bool skip_sub_blocks(ByteView gif, std::size_t& at) {
  while (at < gif.size()) {
    const std::size_t length = gif[at];
    if (length >= gif.size() - at)
      return false;
    at += length + 1;
    if (length == 0)
      return true;
  }
  return false;
}

std::size_t color_table_bytes(std::uint8_t flags) {
  return (flags & 0x80) != 0 ? std::size_t{3} << ((flags & 7) + 1) : 0;
}

// GIF89a specification, appendix B.
bool gif_is_bare(ByteView gif) {
  if (gif.size() < 13)
    return false;
  std::size_t at = 13 + color_table_bytes(gif[10]);
  while (at < gif.size()) {
    const std::uint8_t introducer = gif[at];
    if (introducer == 0x3b)
      return at + 1 == gif.size();
    if (introducer == 0x21 && gif.size() - at >= 3) {
      const std::uint8_t label = gif[at + 1];
      const bool is_loop =
          label == 0xff && gif.size() - at >= 14 &&
          (text_at(gif, at + 3, 11) == "NETSCAPE2.0" || text_at(gif, at + 3, 11) == "ANIMEXTS1.0");
      if (label != 0xf9 && !is_loop)
        return false;
      at += 2;
    } else if (introducer == 0x2c && gif.size() - at >= 11) {
      at += 11 + color_table_bytes(gif[at + 9]);
    } else {
      return false;
    }
    if (!skip_sub_blocks(gif, at))
      return false;
  }
  return false;
}

// The tags of TIFF 6.0 that describe the raster, and the profile.
bool tiff_is_bare(ByteView tiff) {
  static constexpr std::array<std::uint64_t, 29> k_rendering = {
      254, 255, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 280,  281,
      282, 283, 284, 296, 317, 320, 322, 323, 324, 325, 338, 339, 347, 34675};
  const bool big = tiff.size() >= 8 && tiff[0] == 'M';
  const auto number = [&](std::size_t at, std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i)
      value |= std::uint64_t{tiff[at + i]} << (8 * (big ? bytes - 1 - i : i));
    return value;
  };
  if (tiff.size() < 8 || number(2, 2) != 42)
    return false;
  const std::uint64_t directory = number(4, 4);
  if (directory > tiff.size() - 2)
    return false;
  const auto start = static_cast<std::size_t>(directory);
  const std::uint64_t entries = number(start, 2);
  if (entries * 12 + 6 > tiff.size() - start)
    return false;
  const auto count = static_cast<std::size_t>(entries);
  for (std::size_t entry = 0; entry < count; ++entry)
    if (std::find(k_rendering.begin(), k_rendering.end(), number(start + 2 + entry * 12, 2)) ==
        k_rendering.end())
      return false;
  return number(start + 2 + count * 12, 4) == 0;
}

}  // namespace

bool metadata_conforms(ByteView source, const SourceInfo& info, MetadataPolicy policy) {
  if (policy == MetadataPolicy::all)
    return true;
  if (info.has_metadata || info.has_trailing_data)
    return false;
  switch (info.format) {
    case ImageFormat::png:
      return png_is_bare(source);
    case ImageFormat::jpeg:
      return jpeg_is_bare(source);
    case ImageFormat::webp:
      return webp_is_bare(source);
    case ImageFormat::gif:
      return gif_is_bare(source);
    case ImageFormat::tiff:
      return tiff_is_bare(source);
    case ImageFormat::avif:
    case ImageFormat::jxl:
      return true;
  }
  return false;
}

}  // namespace imgopt
