// optimize_png and encode_png: decode, search, write, and never give back more bytes than came.
#include <algorithm>
#include <cstring>

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

template <typename Sample>
void expand(std::span<const Sample> in, std::size_t channels, std::span<Sample> out) {
  constexpr Sample solid = static_cast<Sample>(~Sample{0});
  for (std::size_t i = 0, o = 0; i < in.size(); i += channels, o += 4) {
    const bool grey = channels <= 2;
    out[o] = in[i];
    out[o + 1] = grey ? in[i] : in[i + 1];
    out[o + 2] = grey ? in[i] : in[i + 2];
    out[o + 3] = channels == 2 || channels == 4 ? in[i + channels - 1] : solid;
  }
}

RgbaImage to_rgba(const PixelView& pixels) {
  RgbaImage image{pixels.width, pixels.height, pixels.bits, {}};
  image.data.resize(image.pixel_count() * 4 * pixels.sample_bytes());
  const auto channels = static_cast<std::size_t>(pixels.channels);
  if (pixels.bits == 8) {
    expand<std::uint8_t>(pixels.data, channels, samples<std::uint8_t>(image));
  } else {
    // Copied first: a view need not be aligned.
    std::vector<std::uint16_t> in(pixels.data.size() / 2);
    std::memcpy(in.data(), pixels.data.data(), pixels.data.size());
    expand<std::uint16_t>(in, channels, samples<std::uint16_t>(image));
  }
  return image;
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

Result<Bytes> encode_png(const PixelView& pixels, const EncodeMetadata& metadata,
                         const OptimizeOptions& options) {
  if (!pixels.is_consistent() || pixels.width > k_max_chunk_length || pixels.height > k_max_chunk_length) {
    return fail(ErrorCode::unsupported_image, "pixels and dimensions do not fit together");
  }
  if (std::uint64_t{pixels.width} * pixels.height > options.max_pixels) {
    return fail(ErrorCode::limit_exceeded, "image has more pixels than allowed");
  }
  IMGOPT_ASSIGN(std::vector<OwnedChunk> chunks, build_chunks(metadata));
  std::vector<RgbaImage> images;
  images.push_back(to_rgba(pixels));
  narrow(images);
  if (options.transparent_color == TransparentColor::rewrite) {
    clear_hidden_colors(images);
  }
  FormatLimits limits{
      ColorModel::any, options.transparent_color, std::clamp(options.effort, 0, k_max_effort), {}};
  if (!metadata.icc_profile.empty()) {
    limits.model = pixels.channels <= 2 ? ColorModel::grey : ColorModel::color;
  }
  IMGOPT_ASSIGN(const EncodedImages encoded, search_smallest(images, limits, std::nullopt));
  FileParts parts;
  parts.header = {pixels.width, pixels.height, encoded.format.depth, encoded.format.type, false};
  parts.palette = palette_data(encoded.format);
  parts.transparency = transparency_data(encoded.format);
  parts.chunks = std::move(chunks);
  parts.frames.push_back({std::nullopt, {encoded.streams.front()}});
  return write_file(parts);
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
  const std::uint64_t segment = effort >= 5 ? std::min<std::uint64_t>(plane, 1U << 20) * 80 : 0;
  return plane * (7 + finalists) + other_frames + tables + segment;
}

}  // namespace imgopt::png
