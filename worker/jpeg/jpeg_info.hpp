// What the headers of a JPEG file say, read without decoding and safe on any bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "worker/jpeg/jpeg_constants.hpp"
#include "worker/jpeg/jpeg_markers.hpp"

namespace imgopt::jpeg {

// As Exif's Orientation tag numbers them: how the stored image is to be turned for display.
enum class Orientation : std::uint8_t {
  upright = 1,
  mirror_horizontal = 2,
  rotate_180 = 3,
  mirror_vertical = 4,
  transpose = 5,   // mirror across the diagonal from top left to bottom right
  rotate_90 = 6,   // clockwise
  transverse = 7,  // mirror across the other diagonal
  rotate_270 = 8   // clockwise
};

enum class ColorModel { grey, ycbcr, rgb, cmyk, ycck, unknown };

struct SamplingFactors {
  std::uint8_t horizontal = 1;
  std::uint8_t vertical = 1;
};

struct JpegInfo {
  std::uint32_t width = 0;  // as stored, before orientation
  std::uint32_t height = 0;
  int components = 0;
  int precision = 0;  // bits a sample
  std::array<SamplingFactors, k_max_components> sampling{};
  ColorModel color_model = ColorModel::unknown;
  Orientation orientation = Orientation::upright;
  int scans = 0;
  std::size_t trailing_bytes = 0;  // after the end marker
  bool progressive = false;
  bool arithmetic = false;
  bool lossless = false;      // SOF3 and its like: no DCT
  bool hierarchical = false;  // SOF5..7, 13..15
  bool has_exif = false;
  bool has_xmp = false;
  bool has_iptc = false;
  bool has_icc = false;
  bool has_content_credentials = false;
  // Further images that a viewer shows or blends: a gain map, an HDR residual, a stereo or panorama partner.
  bool has_gain_map = false;
  // Smaller copies of the same picture, as many cameras append them.
  bool has_preview_images = false;
};

// Errors: corrupt_image where the segments make no JPEG file, limit_exceeded for absurdly many segments.
// Images that this code cannot transcode are described all the same.
[[nodiscard]] Result<JpegInfo> read_jpeg_info(ByteView jpeg);

// The same from segments already split.
[[nodiscard]] Result<JpegInfo> read_jpeg_info(const Layout& layout);

}  // namespace imgopt::jpeg
