#include "tool/workers/believable.hpp"

#include <algorithm>

namespace imgopt {

namespace {

// Deflate makes at most 1,032 bytes of one, and a byte holds at most eight pixels (1-bit grey).
constexpr std::uint64_t k_png_pixels_per_byte = 1032 * 8;

// The fewest bytes that one more frame takes; 0 where the pipeline takes one frame alone.
std::uint64_t least_frame_bytes(ImageFormat format) {
  switch (format) {
    case ImageFormat::png:
      return 38;  // fcTL
    case ImageFormat::gif:
      return 12;  // descriptor, code size, end of data
    case ImageFormat::webp:
      return 24;  // ANMF
    case ImageFormat::jpeg:
    case ImageFormat::avif:
    case ImageFormat::jxl:
    case ImageFormat::tiff:
      break;
  }
  return 0;
}

std::uint64_t saturating_product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

std::uint64_t limit_or_none(std::uint64_t limit) {
  return limit == 0 ? UINT64_MAX : limit;
}

}  // namespace

std::uint64_t most_pixels(ImageFormat format, std::uint64_t source_bytes, const SetupMessage& limits) {
  std::uint64_t frame = limit_or_none(limits.max_pixels);
  if (format == ImageFormat::png)
    frame = std::min(frame, saturating_product(source_bytes, k_png_pixels_per_byte));
  const std::uint64_t frame_bytes = least_frame_bytes(format);
  const std::uint64_t frames =
      frame_bytes == 0 ? 1 : std::min(limit_or_none(limits.max_frames), 1 + source_bytes / frame_bytes);
  return std::min(limit_or_none(limits.max_total_pixels), saturating_product(frame, frames));
}

std::uint64_t most_memory(std::uint64_t pixels, std::uint64_t source_bytes) {
  // The dearest is a CMYK source of 16 bits with alpha for lossless JPEG XL, at 156 bytes a pixel
  // (needed_memory() in worker/optimize_record.cpp).
  constexpr std::uint64_t k_bytes_per_pixel = 256;
  constexpr std::uint64_t k_base = std::uint64_t{256} << 20;
  const std::uint64_t picture = saturating_product(pixels, k_bytes_per_pixel);
  const std::uint64_t rest = k_base + std::min(source_bytes, UINT64_MAX / 4);
  return picture > UINT64_MAX - rest ? UINT64_MAX : picture + rest;
}

Result<void> check_dimensions(const RecordResult& result, const SetupMessage& limits) {
  for (const ResultSlot& slot : result.outputs) {
    if (slot.status == static_cast<std::uint32_t>(SlotStatus::failed))
      continue;
    const std::uint64_t pixels = std::uint64_t{slot.width} * slot.height;
    if (pixels > limit_or_none(limits.max_pixels) || slot.frames > limit_or_none(limits.max_frames) ||
        saturating_product(pixels, slot.frames) > limit_or_none(limits.max_total_pixels))
      return fail(ErrorCode::worker_crashed,
                  "the worker's results make no sense: an output is larger than the limits allow");
  }
  return {};
}

}  // namespace imgopt
