// encode_png and encode_animated_png: pixels in, the smallest file found out.
#include <algorithm>
#include <cstring>

#include "worker/png/frame_split.hpp"
#include "worker/png/metadata.hpp"
#include "worker/png/png_optimizer.hpp"
#include "worker/png/search.hpp"
#include "worker/png/writer.hpp"

namespace imgopt::png {
namespace {

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

Result<void> check_pixels(const PixelView& pixels, std::uint32_t frames, const OptimizeOptions& options) {
  const bool is_whole = frames > 0 && pixels.height % frames == 0;
  if (!pixels.is_consistent() || !is_whole || pixels.width > k_max_chunk_length ||
      pixels.height / frames > k_max_chunk_length)
    return fail(ErrorCode::unsupported_image, "pixels and dimensions do not fit together");
  if (std::uint64_t{pixels.width} * (pixels.height / frames) > options.max_pixels)
    return fail(ErrorCode::limit_exceeded, "image has more pixels than allowed");
  return {};
}

// The pictures that stand one above the other, ready for the search.
std::vector<RgbaImage> pictures_of(const PixelView& pixels, std::uint32_t frames,
                                   const OptimizeOptions& options) {
  PixelView one = pixels;
  one.height = pixels.height / frames;
  std::vector<RgbaImage> images;
  images.reserve(frames);
  for (std::size_t i = 0; i < frames; ++i) {
    one.data = pixels.data.subspan(i * one.byte_count(), one.byte_count());
    images.push_back(to_rgba(one));
  }
  narrow(images);
  if (options.transparent_color == TransparentColor::rewrite)
    clear_hidden_colors(images);
  return images;
}

FormatLimits limits_for(const PixelView& pixels, const EncodeMetadata& metadata,
                        const OptimizeOptions& options) {
  FormatLimits limits{
      ColorModel::any, options.transparent_color, std::clamp(options.effort, 0, k_max_effort), {}};
  if (!metadata.icc_profile.empty())
    limits.model = pixels.channels <= 2 ? ColorModel::grey : ColorModel::color;
  return limits;
}

// A file without image data.
FileParts parts_for(std::uint32_t width, std::uint32_t height, const Format& format,
                    std::vector<OwnedChunk> chunks) {
  FileParts parts;
  parts.header = {width, height, format.depth, format.type, false};
  parts.palette = palette_data(format);
  parts.transparency = transparency_data(format);
  parts.chunks = std::move(chunks);
  return parts;
}

std::uint64_t size_of(const EncodedImages& encoded) {
  std::uint64_t size = format_overhead(encoded.format);
  for (const Bytes& stream : encoded.streams)
    size += stream.size();
  return size;
}

// Whether leaving out what did not change makes the frames smaller, as a quick search tells.
Result<SplitAnimation> smaller_split(std::span<const RgbaImage> shown,
                                     std::span<const std::uint32_t> delays_ms, FormatLimits limits) {
  SplitAnimation whole = split_frames(shown, delays_ms, Unchanged::drawn_again);
  if (limits.effort < 2)
    return whole;
  SplitAnimation sparse = split_frames(shown, delays_ms, Unchanged::left_out);
  if (!sparse.leaves_out_pixels)
    return whole;
  limits.effort = 1;
  IMGOPT_ASSIGN(const EncodedImages of_whole, search_smallest(whole.images, limits, std::nullopt));
  IMGOPT_ASSIGN(const EncodedImages of_sparse, search_smallest(sparse.images, limits, std::nullopt));
  return size_of(of_sparse) < size_of(of_whole) ? sparse : whole;
}

}  // namespace

Result<Bytes> encode_png(const PixelView& pixels, const EncodeMetadata& metadata,
                         const OptimizeOptions& options) {
  IMGOPT_TRY(check_pixels(pixels, 1, options));
  IMGOPT_ASSIGN(std::vector<OwnedChunk> chunks, build_chunks(metadata));
  const std::vector<RgbaImage> images = pictures_of(pixels, 1, options);
  IMGOPT_ASSIGN(const EncodedImages encoded,
                search_smallest(images, limits_for(pixels, metadata, options), std::nullopt));
  FileParts parts = parts_for(pixels.width, pixels.height, encoded.format, std::move(chunks));
  parts.frames.push_back({std::nullopt, {encoded.streams.front()}});
  return write_file(parts);
}

Result<Bytes> encode_animated_png(const PixelView& pixels, const AnimationTiming& timing,
                                  const EncodeMetadata& metadata, const OptimizeOptions& options) {
  const auto frames = static_cast<std::uint32_t>(timing.delays_ms.size());
  IMGOPT_TRY(check_pixels(pixels, frames, options));
  IMGOPT_ASSIGN(std::vector<OwnedChunk> chunks, build_chunks(metadata));
  const FormatLimits limits = limits_for(pixels, metadata, options);
  std::vector<RgbaImage> shown = pictures_of(pixels, frames, options);
  IMGOPT_ASSIGN(const SplitAnimation split, smaller_split(shown, timing.delays_ms, limits));
  shown.clear();
  shown.shrink_to_fit();
  IMGOPT_ASSIGN(const EncodedImages encoded, search_smallest(split.images, limits, std::nullopt));
  FileParts parts = parts_for(pixels.width, pixels.height / frames, encoded.format, std::move(chunks));
  const bool is_still = split.images.size() == 1;
  for (std::size_t i = 0; i < split.images.size(); ++i)
    parts.frames.push_back(
        {is_still ? std::nullopt : std::optional<FrameControl>(split.controls[i]), {encoded.streams[i]}});
  if (!is_still)
    parts.plays = timing.plays;
  return write_file(parts);
}

}  // namespace imgopt::png
