// Makes a JPEG file smaller without touching its coefficients.
//
// The coefficients are written again with optimal Huffman tables in the scans that make the file smallest;
// metadata goes or stays as the policy says. What was written is decoded again and compared. The result is
// never larger than the input. Nothing that a viewer shows is dropped in silence: files that carry more than
// one picture come back unchanged, and every other loss is named in `notes`.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "worker/jpeg/jpeg_info.hpp"
#include "worker/jpeg/jpeg_scan_search.hpp"

namespace imgopt::jpeg {

enum class MetadataPolicy {
  none,  // only what changes the rendering: JFIF, Adobe, ICC profile, an orientation that cannot be applied
  copyright,  // further artist and copyright, as a small Exif of their own
  all         // every APPn and COM segment as it is, and what follows the end marker
};

enum class IccPolicy {
  keep,
  drop  // for a caller that knows the profile to be sRGB
};

enum class OrientationPolicy {
  apply,    // turn the coefficients where the MCU grid allows, else keep the tag
  keep_tag  // leave coefficients and tag as they are
};

struct TranscodeOptions {
  int effort = 5;  // 0..9
  MetadataPolicy metadata = MetadataPolicy::none;
  IccPolicy icc = IccPolicy::keep;
  OrientationPolicy orientation = OrientationPolicy::apply;
  ScanStyle style = ScanStyle::smallest;
  std::uint64_t max_pixels = 1ULL << 30;
  int max_scans = 200;
};

// How the bytes of the result came to be.
enum class TranscodeOutcome {
  transcoded,        // written anew
  metadata_dropped,  // the input's own image data, fewer markers: writing anew gave nothing
  unchanged          // the input, byte for byte
};

enum class TranscodeNote {
  several_pictures,        // unchanged: a gain map, an HDR layer or a second picture depends on the bytes
  partial_progression,     // unchanged: a progressive file without its last passes, which decoders smooth
  trailing_data_dropped,   // bytes after the end marker
  preview_images_dropped,  // smaller copies of the picture after the end marker
  content_credentials_dropped,  // C2PA: invalid for any other bytes
  content_credentials_broken,   // the same, kept because all metadata was to be kept
  orientation_kept_as_tag       // could not be applied without loss, or the caller wished it so
};

struct TranscodedJpeg {
  Bytes bytes;
  TranscodeOutcome outcome = TranscodeOutcome::unchanged;
  ScanStyle style = ScanStyle::sequential;                 // of `bytes`; never `smallest`
  Orientation applied_orientation = Orientation::upright;  // what was done to the coefficients
  std::uint32_t width = 0;                                 // of `bytes`, as stored
  std::uint32_t height = 0;
  std::vector<TranscodeNote> notes;
};

// Errors: corrupt_image for damaged input, even where decoders would go on; unsupported_image, naming the
// property, for what is no 8-bit DCT image of 1 to 4 components; limit_exceeded; internal where what was
// written does not decode to the coefficients of the input.
[[nodiscard]] Result<TranscodedJpeg> transcode_jpeg(ByteView jpeg, const TranscodeOptions& options);

// Whether `b` holds the coefficients of `a` after `applied` was done to them.
[[nodiscard]] Result<bool> coefficients_equal(ByteView a, ByteView b,
                                              Orientation applied = Orientation::upright);

}  // namespace imgopt::jpeg
