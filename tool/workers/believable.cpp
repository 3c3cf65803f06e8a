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

std::uint64_t saturating_sum(std::uint64_t a, std::uint64_t b) {
  std::uint64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

std::uint64_t limit_or_none(std::uint64_t limit) {
  return limit == 0 ? UINT64_MAX : limit;
}

std::uint64_t most_frame_pixels(ImageFormat format, std::uint64_t source_bytes, const SetupMessage& limits) {
  const std::uint64_t most = limit_or_none(limits.max_pixels);
  return format == ImageFormat::png ? std::min(most, saturating_product(source_bytes, k_png_pixels_per_byte))
                                    : most;
}

bool is_resized_within(const OutputSettings& settings, std::uint32_t width, std::uint32_t height) {
  switch (settings.resize) {
    case ResizeMode::none:
      return true;
    case ResizeMode::fit:
      return width <= settings.resize_width && height <= settings.resize_height;
    case ResizeMode::width:
      return width <= settings.resize_width;
    case ResizeMode::height:
      return height <= settings.resize_height;
    case ResizeMode::longest:
      return std::max(width, height) <= settings.resize_width;
    case ResizeMode::shortest:
      return std::min(width, height) <= settings.resize_width;
  }
  return false;
}

// Above what any encoder makes of so many pixels: raw ones of 16 bits with alpha take 8 bytes each.
std::uint64_t most_output_bytes(std::uint64_t pixels, std::uint64_t source_bytes,
                                const SetupMessage& limits) {
  constexpr std::uint64_t k_bytes_per_pixel = 16;
  constexpr std::uint64_t k_base = 1u << 20;  // headers, and a profile that is put in place of another
  const std::uint64_t picture = saturating_product(pixels, k_bytes_per_pixel);
  const std::uint64_t metadata = saturating_sum(limit_or_none(limits.max_metadata_bytes), k_base);
  return saturating_sum(picture, saturating_sum(source_bytes, metadata));
}

}  // namespace

std::uint64_t most_pixels(ImageFormat format, std::uint64_t source_bytes, const SetupMessage& limits) {
  const std::uint64_t frame = most_frame_pixels(format, source_bytes, limits);
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
  return saturating_sum(picture, saturating_sum(k_base, source_bytes));
}

Result<void> check_output(const ResultSlot& slot, const OutputSettings& settings, const KnownSource& source,
                          const SetupMessage& limits) {
  if (slot.status == static_cast<std::uint32_t>(SlotStatus::failed))
    return {};
  if (slot.format != static_cast<std::uint32_t>(settings.format))
    return senseless_result("an output of another format than was asked for");
  const std::uint64_t pixels = std::uint64_t{slot.width} * slot.height;
  const std::uint64_t all_pixels = saturating_product(pixels, slot.frames);
  if (pixels > most_frame_pixels(source.format, source.bytes, limits) ||
      slot.frames > limit_or_none(limits.max_frames) || all_pixels > limit_or_none(limits.max_total_pixels))
    return senseless_result("an output is larger than the limits allow");
  if (!is_resized_within(settings, slot.width, slot.height))
    return senseless_result("an output is larger than was asked for");
  if (slot.status == static_cast<std::uint32_t>(SlotStatus::original_is_best))
    return settings.format == source.format ? Result<void>()
                                            : senseless_result("a source was kept that has another format");
  if (slot.length > most_output_bytes(all_pixels, source.bytes, limits))
    return senseless_result("an output has more bytes than its pixels can need");
  return {};
}

}  // namespace imgopt
