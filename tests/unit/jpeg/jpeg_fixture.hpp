// JPEG files and pixels that the tests make for themselves.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "worker/jpeg/jpeg_info.hpp"
#include "worker/pixels.hpp"

namespace imgopt::jpeg::test {

enum class Process { baseline, progressive, arithmetic };

struct FixtureOptions {
  std::uint32_t width = 64;
  std::uint32_t height = 48;
  int components = 3;  // 1 grey, 3 YCbCr from RGB, 4 CMYK
  int h_factor = 2;    // of the first component, the others 1
  int v_factor = 2;
  Process process = Process::baseline;
  int quality = 85;
  int restart_interval = 0;  // MCUs
};

// A smooth, asymmetric picture with some texture; channels 1, 3 or 4 (CMYK as four plain channels).
PixelBuffer make_picture(std::uint32_t width, std::uint32_t height, int channels);

// That picture, coded by libjpeg.
Bytes make_jpeg(const FixtureOptions& options);

// Decoded by libjpeg to its components converted to grey, RGB or CMYK; empty on any error or warning.
PixelBuffer decode(ByteView jpeg);

// `jpeg` with a marker segment inserted behind SOI (and JFIF, where it is there).
Bytes with_segment(ByteView jpeg, std::uint8_t marker, std::string_view payload);

// Payload of an Exif segment with orientation, artist "Ann" and copyright "(c) Ann and others".
Bytes make_exif(Orientation orientation);
Bytes with_exif(ByteView jpeg, Orientation orientation);

bool contains(ByteView data, std::string_view text);

}  // namespace imgopt::jpeg::test
