// Lossless PNG: the smallest file that decodes to the same pixels, own decoder and comparison included.
//
// Everything is a pure function of its arguments: no threads, no clocks, no global state; the same bytes and
// options give the same bytes. Safe on hostile input: sizes are checked in 64 bits before anything is
// allocated, compressed data is inflated only into a buffer of the size that the header declares, and
// metadata that is compressed (iCCP, zTXt, iTXt) is never inflated. Nothing throws except std::bad_alloc.
//
// Memory: see peak_memory_bytes(). Format: PNG specification, third edition (with APNG).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "worker/pixels.hpp"

namespace imgopt::png {

// Bumped whenever the same input and options give other output bytes; part of the encoder fingerprint.
inline constexpr std::uint32_t k_png_epoch = 7;

inline constexpr int k_default_effort = 5;
inline constexpr int k_max_effort = 9;

// The pixels of all frames of an animation together may be this many times max_pixels.
inline constexpr std::uint64_t k_animation_pixel_factor = 4;

// Values are those of IHDR; they never change.
enum class ColorType : std::uint8_t { grey = 0, rgb = 2, palette = 3, grey_alpha = 4, rgb_alpha = 6 };

// Which ancillary chunks the output keeps. Chunks that change how pixels are shown stay under every policy,
// but for gAMA, cHRM and sRGB that together say what is taken for granted, sRGB (`all` keeps those too):
// tRNS, gAMA, cHRM, sRGB, iCCP, cICP, mDCV, cLLI, the animation, pHYs where pixels are not square, and of
// eXIf the orientation where it is not the normal one (as an eXIf that holds nothing else).
enum class AncillaryPolicy : std::uint8_t {
  rendering_only,
  copyright,  // and tEXt, zTXt, iTXt with the keyword Copyright or Author
  all         // and everything that stays true after recompression, data after IEND included
};

// Whether the colour of pixels with alpha 0 may change. Alpha itself never does.
enum class TransparentColor : std::uint8_t { keep, rewrite };

struct OptimizeOptions {
  int effort = k_default_effort;  // 0 (one candidate) .. 9 (slowest); values outside are clamped
  AncillaryPolicy ancillary = AncillaryPolicy::rendering_only;
  TransparentColor transparent_color = TransparentColor::keep;
  std::uint64_t max_pixels = std::uint64_t{1} << 28;
};

// What the header says; `frames` counts animation frames, 1 where there is no animation.
struct PngInfo {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  int bit_depth = 8;
  ColorType color_type = ColorType::rgb;
  bool interlaced = false;
  bool animated = false;
  std::uint32_t frames = 1;
};

// How the bytes of an OptimizedPng came about.
enum class Origin : std::uint8_t {
  recompressed,    // new image data
  original_image,  // the input's image data, chunks dropped or simplified by the policy
  original_bytes   // the input itself
};

struct OptimizedPng {
  Bytes data;
  PngInfo info;  // of `data`
  Origin origin = Origin::recompressed;
  std::uint64_t dropped_trailing_bytes = 0;  // bytes after IEND that the policy did not keep
};

struct PixelDensity {
  std::uint32_t x = 0;
  std::uint32_t y = 0;
  bool per_metre = true;  // else only the ratio of x to y has a meaning
};

struct TextEntry {
  std::string keyword;  // 1..79 bytes of Latin-1, without NUL
  std::string text;     // UTF-8; written as tEXt where it is ASCII, else as iTXt
};

// What encode_png writes beside the pixels. Empty members are not written.
struct EncodeMetadata {
  Bytes icc_profile;                        // a raw ICC profile of the pixels' colour model (grey or RGB)
  std::optional<std::uint8_t> srgb_intent;  // rendering intent 0..3; ignored where icc_profile is given
  std::optional<std::uint32_t> gamma;       // image gamma times 100000
  std::optional<PixelDensity> density;
  std::vector<TextEntry> texts;
  Bytes exif;  // a TIFF structure, without "Exif\0\0"
};

// How the frames of an animation are shown.
struct AnimationTiming {
  std::vector<std::uint32_t> delays_ms;  // of each frame
  std::uint32_t plays = 0;               // 0: for ever
};

// Reads signature, IHDR and the chunks before the first IDAT, and no pixels. Errors: corrupt_image.
[[nodiscard]] Result<PngInfo> read_info(ByteView png);

// Whether the file is whole as a sequence of chunks, from the signature to IEND; their data is not looked at.
// Errors: corrupt_image, also where a chunk says that it is longer than the file.
[[nodiscard]] Result<void> check_chunks(ByteView png);

// Whether `png` is a PNG with an animation; false for anything else.
[[nodiscard]] bool is_animated(ByteView png);

// Upper estimate of the bytes that optimize_png or encode_png needs beside its input, for an image of this
// kind.
[[nodiscard]] std::uint64_t peak_memory_bytes(const PngInfo& info, int effort);

// The smallest PNG found that decodes to the pixels of `png` (compared as RGBA with 16 bits; under alpha 0
// the colour may differ with TransparentColor::rewrite). Never larger than the input without the chunks that
// the policy drops. Recompressed images are not interlaced. An animation keeps its frames: geometry, delays,
// dispose and blend operations.
// Errors: corrupt_image (damaged, truncated, or an invalid animation), unsupported_image (unknown critical
// chunk), limit_exceeded (max_pixels).
[[nodiscard]] Result<OptimizedPng> optimize_png(ByteView png, const OptimizeOptions& options);

// The smallest PNG found for `pixels`. Chunks in `metadata` are written whatever options.ancillary says.
// Errors: unsupported_image (inconsistent view, invalid metadata), limit_exceeded.
[[nodiscard]] Result<Bytes> encode_png(const PixelView& pixels, const EncodeMetadata& metadata,
                                       const OptimizeOptions& options);

// The same for an animation whose whole pictures stand one above the other. Equal neighbours become one
// frame, and frames that are all equal a still. Played, it shows the same samples.
[[nodiscard]] Result<Bytes> encode_animated_png(const PixelView& pixels, const AnimationTiming& timing,
                                                const EncodeMetadata& metadata,
                                                const OptimizeOptions& options);

// Decodes the default image: 8 bits a sample for depths up to 8, else 16; grey stays grey, a palette becomes
// RGB, and transparency of any kind an alpha channel. Colour is not converted. Strict: damaged critical
// chunks, missing or surplus image data and palette indices out of range are corrupt_image.
[[nodiscard]] Result<PixelBuffer> decode_png(ByteView png, std::uint64_t max_pixels);

// Whether two PNGs decode to the same pixels, in all frames and with the same animation control. `hidden`
// says whether colour under alpha 0 counts (keep) or not (rewrite). Errors as decode_png.
[[nodiscard]] Result<bool> pixels_equal(ByteView png_a, ByteView png_b, TransparentColor hidden,
                                        std::uint64_t max_pixels = std::uint64_t{1} << 28);

}  // namespace imgopt::png
