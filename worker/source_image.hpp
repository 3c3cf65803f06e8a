// The source of a record: its header, read and held against the limits before any pixel is decoded, and its
// decoding through the one loader that its magic number asks for.
#pragma once

#include <cstdint>
#include <vips/vips8>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "protocol/image_format.hpp"

namespace imgopt {

// Limits of one source; 0 is no limit.
struct SourceLimits {
  std::uint32_t max_frames = 0;
  std::uint64_t max_pixels = 0;        // of one frame
  std::uint64_t max_total_pixels = 0;  // of all frames
  std::uint64_t max_metadata_bytes = 0;
  std::uint32_t max_jpeg_scans = 0;
  std::uint64_t max_output_bytes = 0;  // of all outputs of a record together
};

struct SourceInfo {
  ImageFormat format = ImageFormat::png;
  std::uint32_t width = 0;   // as stored, before orientation
  std::uint32_t height = 0;  // of one frame
  std::uint32_t frames = 1;  // frames of an animation
  std::uint32_t pages = 1;   // pages of a document: only the first is decoded
  int channels = 3;
  int bits = 8;         // of a sample, rounded up to 8, 16 or 32
  int orientation = 1;  // as EXIF numbers it
  bool has_profile = false;
  bool is_cmyk = false;
  bool has_metadata = false;  // EXIF, XMP, IPTC, comments: as far as libvips tells
  bool has_gain_map = false;
  bool has_trailing_data = false;
  bool is_apng = false;
  std::uint32_t apng_frames = 0;  // all frames of an animated PNG

  [[nodiscard]] bool is_rotated() const { return orientation >= 5; }
  [[nodiscard]] std::uint32_t displayed_width() const { return is_rotated() ? height : width; }
  [[nodiscard]] std::uint32_t displayed_height() const { return is_rotated() ? width : height; }
  [[nodiscard]] std::uint64_t total_pixels() const { return std::uint64_t{width} * height * frames; }
};

// Reads the header and checks it. Errors: unsupported_image (no known magic number, no loader, an odd pixel
// type), corrupt_image, limit_exceeded.
[[nodiscard]] Result<SourceInfo> read_source_info(ByteView source, const SourceLimits& limits);

// Opens an image through the loader of `format` and decodes all of it into memory, refusing damage.
// `Frames::all` of formats that hold animations, an animated PNG's as they are shown; `pages` of documents,
// which must have one size, one above the other; `jpeg_shrink` 1, 2, 4 or 8 decodes a JPEG at that fraction.
// Errors: corrupt_image, limit_exceeded (memory).
enum class Frames { first, all, pages };
[[nodiscard]] Result<vips::VImage> decode_image(ByteView bytes, ImageFormat format, Frames frames,
                                                int jpeg_shrink = 1);

// The same, but only the header is read.
[[nodiscard]] Result<vips::VImage> open_image(ByteView bytes, ImageFormat format, Frames frames);

}  // namespace imgopt
