#include "worker/direct_path.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "protocol/record_results.hpp"
#include "worker/jpeg/jpeg_transcode.hpp"
#include "worker/png/png_optimizer.hpp"

namespace imgopt {

namespace {

constexpr std::uint64_t k_unlimited_pixels = std::uint64_t{1} << 40;

std::uint32_t note_of(jpeg::TranscodeNote note, const SourceInfo& source) {
  switch (note) {
    case jpeg::TranscodeNote::several_pictures:
      return bit(source.has_gain_map ? OutputNote::gain_map_kept : OutputNote::passed_through);
    case jpeg::TranscodeNote::partial_progression:
    case jpeg::TranscodeNote::content_credentials_broken:
      return bit(OutputNote::passed_through);
    case jpeg::TranscodeNote::trailing_data_dropped:
      return bit(OutputNote::trailing_data_dropped);
    case jpeg::TranscodeNote::orientation_kept_as_tag:
      return bit(OutputNote::orientation_kept);
    case jpeg::TranscodeNote::preview_images_dropped:
    case jpeg::TranscodeNote::content_credentials_dropped:
      break;  // metadata, dropped as the policy asks
  }
  return 0;
}

jpeg::ScanStyle scan_style(Progressive progressive) {
  switch (progressive) {
    case Progressive::no:
      return jpeg::ScanStyle::sequential;
    case Progressive::yes:
      return jpeg::ScanStyle::progressive;
    case Progressive::automatic:
      break;
  }
  return jpeg::ScanStyle::smallest;
}

Result<DirectEncoding> transcode(ByteView bytes, const SourceInfo& source, const OutputSettings& settings,
                                 ProfileUse profile, const SourceLimits& limits) {
  jpeg::TranscodeOptions options;
  options.effort = settings.effort;
  options.metadata = static_cast<jpeg::MetadataPolicy>(settings.metadata);
  options.icc = profile == ProfileUse::drop ? jpeg::IccPolicy::drop : jpeg::IccPolicy::keep;
  options.style = scan_style(settings.progressive);
  if (limits.max_pixels != 0)
    options.max_pixels = limits.max_pixels;
  if (limits.max_jpeg_scans != 0)
    options.max_scans = static_cast<int>(limits.max_jpeg_scans);
  IMGOPT_ASSIGN(jpeg::TranscodedJpeg made, jpeg::transcode_jpeg(bytes, options));
  DirectEncoding encoding;
  encoding.shown = {source.displayed_width(), source.displayed_height()};
  for (const jpeg::TranscodeNote note : made.notes)
    encoding.notes |= note_of(note, source);
  encoding.data = std::move(made.bytes);
  return encoding;
}

// The file without its profile, and without the chunks that a profile overrules and that would count in its
// absence. What is no sequence of chunks is copied as it is: the optimizer says what is wrong with it.
Bytes without_profile(ByteView png) {
  constexpr std::size_t k_signature_bytes = 8;
  constexpr std::size_t k_frame_bytes = 12;  // length, type and checksum
  Bytes kept(png.begin(), png.begin() + static_cast<std::ptrdiff_t>(std::min(png.size(), k_signature_bytes)));
  std::size_t at = kept.size();
  while (png.size() - at >= k_frame_bytes) {
    const std::uint64_t length = std::uint64_t{png[at]} << 24 | std::uint64_t{png[at + 1]} << 16 |
                                 std::uint64_t{png[at + 2]} << 8 | png[at + 3];
    if (length > png.size() - at - k_frame_bytes)
      break;
    const ByteView chunk = png.subspan(at, static_cast<std::size_t>(length) + k_frame_bytes);
    const std::string_view type(reinterpret_cast<const char*>(chunk.data()) + 4, 4);
    if (type != "iCCP" && type != "gAMA" && type != "cHRM")
      kept.insert(kept.end(), chunk.begin(), chunk.end());
    at += chunk.size();
  }
  kept.insert(kept.end(), png.begin() + static_cast<std::ptrdiff_t>(at), png.end());
  return kept;
}

Result<DirectEncoding> optimize(ByteView bytes, const SourceInfo& source, const OutputSettings& settings,
                                ProfileUse profile, const SourceLimits& limits) {
  png::OptimizeOptions options;
  options.effort = settings.effort;
  options.ancillary = static_cast<png::AncillaryPolicy>(settings.metadata);
  options.transparent_color = static_cast<png::TransparentColor>(settings.transparent_color);
  options.max_pixels = limits.max_pixels != 0 ? limits.max_pixels : k_unlimited_pixels;
  const Bytes bare = profile == ProfileUse::drop ? without_profile(bytes) : Bytes();
  IMGOPT_ASSIGN(png::OptimizedPng made, png::optimize_png(bare.empty() ? bytes : ByteView(bare), options));
  if (made.origin == png::Origin::recompressed) {
    IMGOPT_ASSIGN(const bool equal,
                  png::pixels_equal(bytes, made.data, options.transparent_color, options.max_pixels));
    if (!equal)
      return fail(ErrorCode::internal, "verification failed: pixels of a lossless PNG differ");
  }
  DirectEncoding encoding;
  encoding.shown = {source.width, source.height};
  encoding.frames = made.info.frames;
  if (made.dropped_trailing_bytes > 0)
    encoding.notes |= bit(OutputNote::trailing_data_dropped);
  encoding.data = std::move(made.data);
  return encoding;
}

// The policies of protocol, PNG and JPEG have the same values in the same order.
static_assert(
    static_cast<int>(MetadataPolicy::all) == static_cast<int>(jpeg::MetadataPolicy::all) &&
    static_cast<int>(MetadataPolicy::all) == static_cast<int>(png::AncillaryPolicy::all) &&
    static_cast<int>(MetadataPolicy::copyright) == static_cast<int>(jpeg::MetadataPolicy::copyright) &&
    static_cast<int>(MetadataPolicy::copyright) == static_cast<int>(png::AncillaryPolicy::copyright) &&
    static_cast<int>(TransparentColor::rewrite) == static_cast<int>(png::TransparentColor::rewrite));

}  // namespace

bool is_direct(const SourceInfo& source, const OutputSettings& settings) {
  const PixelSize shown{source.displayed_width(), source.displayed_height()};
  if (source.format != settings.format || output_size(shown, settings) != shown)
    return false;
  // PNG pixels are turned on the pixel path, which is lossless too.
  return source.format == ImageFormat::jpeg || (source.format == ImageFormat::png && source.orientation == 1);
}

Result<DirectEncoding> encode_directly(ByteView bytes, const SourceInfo& source,
                                       const OutputSettings& settings, ProfileUse profile,
                                       const SourceLimits& limits) {
  if (source.format == ImageFormat::jpeg)
    return transcode(bytes, source, settings, profile, limits);
  return optimize(bytes, source, settings, profile, limits);
}

}  // namespace imgopt
