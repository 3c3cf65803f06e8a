// optimize_png: decode, search, write, and never give back more bytes than came.
#include <algorithm>

#include "worker/png/decode.hpp"
#include "worker/png/metadata.hpp"
#include "worker/png/png_optimizer.hpp"
#include "worker/png/search.hpp"
#include "worker/png/writer.hpp"

namespace imgopt::png {
namespace {

// The format in which the pixels of `file` are stored.
Format format_of(const File& file) {
  Format format{file.header.color_type, file.header.bit_depth, {}, std::nullopt};
  if (format.type == ColorType::palette) {
    for (std::size_t i = 0; i < file.palette.size(); ++i) {
      const RgbEntry& rgb = file.palette[i];
      format.palette.push_back(
          {rgb[0], rgb[1], rgb[2], i < file.transparency.size() ? file.transparency[i] : std::uint8_t{255}});
    }
  } else if (!file.transparency.empty()) {
    const std::size_t step = format.type == ColorType::rgb ? 2 : 0;
    format.key = {read_u16(file.transparency, 0), read_u16(file.transparency, step),
                  read_u16(file.transparency, 2 * step)};
  }
  return format;
}

// The input without the chunks that the policy drops, its image data untouched.
Bytes strip(const File& file, AncillaryPolicy policy) {
  const Format format = format_of(file);
  FileParts parts;
  parts.header = file.header;
  parts.palette = palette_data(format);
  parts.transparency.assign(file.transparency.begin(), file.transparency.end());
  parts.chunks = select_chunks(file, policy);
  for (const FrameData& frame : file.frames) {
    parts.frames.push_back({frame.control, frame.compressed});
  }
  parts.plays = file.plays;
  return write_file(parts);
}

Bytes assemble(const File& file, const EncodedImages& encoded, AncillaryPolicy policy) {
  FileParts parts;
  parts.header = file.header;
  parts.header.color_type = encoded.format.type;
  parts.header.bit_depth = encoded.format.depth;
  parts.header.interlaced = false;
  parts.palette = palette_data(encoded.format);
  parts.transparency = transparency_data(encoded.format);
  parts.chunks = select_chunks(file, policy);
  for (OwnedChunk& chunk : translate_chunks(file, encoded.format, policy)) {
    parts.chunks.push_back(std::move(chunk));
  }
  for (std::size_t i = 0; i < file.frames.size(); ++i) {
    parts.frames.push_back({file.frames[i].control, {encoded.streams[i]}});
  }
  parts.plays = file.plays;
  if (policy == AncillaryPolicy::all) {
    parts.trailing = file.trailing;
  }
  return write_file(parts);
}

// Frames are mostly smaller than the image, and their number is what an untrusted header says.
constexpr std::uint64_t k_most_estimated_frames = 256;

}  // namespace

Result<OptimizedPng> optimize_png(ByteView png, const OptimizeOptions& options) {
  IMGOPT_ASSIGN(const File file, read_file(png, options.max_pixels));
  std::vector<RgbaImage> images;
  std::optional<ExistingFilters> existing;
  const bool single = file.frames.size() == 1;
  for (const FrameData& frame : file.frames) {
    Bytes filtered;
    IMGOPT_ASSIGN(RgbaImage image,
                  decode_frame(file, frame, single && !file.header.interlaced ? &filtered : nullptr));
    images.push_back(std::move(image));
    if (!filtered.empty()) {
      existing = {format_of(file), std::move(filtered)};
    }
  }
  narrow(images);
  if (options.transparent_color == TransparentColor::rewrite) {
    clear_hidden_colors(images);
  }
  const Format original = format_of(file);
  const FormatLimits limits{required_model(file), options.transparent_color,
                            std::clamp(options.effort, 0, k_max_effort), original.palette};
  IMGOPT_ASSIGN(const EncodedImages encoded, search_smallest(images, limits, std::move(existing)));

  OptimizedPng result;
  result.data = assemble(file, encoded, options.ancillary);
  Bytes stripped;
  const bool whole = keeps_everything(file, options.ancillary);
  if (!whole) {
    stripped = strip(file, options.ancillary);
  }
  if (const std::size_t unchanged = whole ? png.size() : stripped.size(); result.data.size() >= unchanged) {
    result.origin = whole ? Origin::original_bytes : Origin::original_image;
    result.data = whole ? Bytes(png.begin(), png.end()) : std::move(stripped);
  }
  if (options.ancillary != AncillaryPolicy::all) {
    result.dropped_trailing_bytes = file.trailing.size();
  }
  IMGOPT_ASSIGN(result.info, read_info(result.data));
  return result;
}

std::uint64_t peak_memory_bytes(const PngInfo& info, int effort) {
  // A plane is an image at four samples a pixel. At the worst moment there are: pixels, packed rows, the
  // image data as it was filtered in the input, that of the candidate under trial and of the finalists, the
  // row judge's copy, and two compressed streams. For animations further the pixels of all other frames.
  const std::uint64_t sample = info.bit_depth == 16 ? 2 : 1;
  const std::uint64_t plane = std::uint64_t{info.width} * info.height * 4 * sample;
  const std::uint64_t finalists =
      effort <= 5 ? 1 : static_cast<std::uint64_t>(std::min(effort, k_max_effort)) - 4;
  const std::uint64_t other_frames =
      info.animated ? plane * std::min<std::uint64_t>(info.frames, k_most_estimated_frames) : 0;
  // Compressors and tables; deflate_optimally's arrays for one segment.
  const std::uint64_t tables = std::uint64_t{12} << 20;
  const std::uint64_t segment = effort >= 4 ? std::min<std::uint64_t>(plane, 1U << 20) * 80 : 0;
  return plane * (7 + finalists) + other_frames + tables + segment;
}

}  // namespace imgopt::png
