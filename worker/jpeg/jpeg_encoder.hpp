// Encodes pixels as a lossy JPEG file.
//
// Beside libjpeg's own way there are quantisers tuned for SSIMULACRA 2, a rate-distortion choice of
// coefficients that spares bits where texture hides errors, and the scan search of the lossless path. The
// same pixels and options give the same bytes.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "worker/jpeg/jpeg_scan_search.hpp"
#include "worker/pixels.hpp"

namespace imgopt::jpeg {

enum class Subsampling {
  automatic,  // what gives the smaller file at this quality
  s420,       // one chroma sample to 2x2 pixels
  s422,       // one to 2x1
  s444        // one to each
};

enum class DensityUnit : std::uint8_t { none = 0, per_inch = 1, per_centimetre = 2 };

struct Density {
  DensityUnit unit = DensityUnit::none;  // none: x and y are the pixels' aspect ratio
  std::uint16_t x = 1;
  std::uint16_t y = 1;
};

struct EncodeOptions {
  double quality = 80;  // 1..100: scores about what libjpeg-turbo's quality of that number does
  Subsampling subsampling = Subsampling::automatic;
  int effort = 5;  // 0..9; 0: plain rounding, few scans
  ScanStyle style = ScanStyle::smallest;
  Density density;
  ByteView icc;   // an ICC profile, empty: none (sRGB)
  ByteView exif;  // Exif as TIFF data, with or without "Exif\0\0" before it; empty: none
};

// `pixels` has 1 channel (grey) or 3 (RGB) of 8 bits, at most 65535 a side. Errors: unsupported_image for
// other pixels, a profile of more than 16 MB or an Exif of more than 64 KB; limit_exceeded where memory runs
// out.
[[nodiscard]] Result<Bytes> encode_jpeg(const PixelView& pixels, const EncodeOptions& options);

}  // namespace imgopt::jpeg
