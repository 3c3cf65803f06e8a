#include "worker/optimize_record.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "worker/output_task.hpp"
#include "worker/png/png_optimizer.hpp"
#include "worker/preparation.hpp"
#include "worker/resource_meter.hpp"

namespace imgopt {

namespace {

FailureKind failure_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::corrupt_image:
    case ErrorCode::corrupt:
      return FailureKind::corrupt_image;
    case ErrorCode::unsupported_image:
      return FailureKind::unsupported_image;
    case ErrorCode::limit_exceeded:
      return FailureKind::limit;
    case ErrorCode::internal:
      return FailureKind::encoder;
    default:
      return FailureKind::internal;
  }
}

// The decoded source and the picture prepared from it, kept as long as the next output wants the same.
class SharedPixels {
public:
  explicit SharedPixels(const RecordSource& source) : m_source(source) {}

  [[nodiscard]] Result<const PreparedPicture*> prepared_for(const Preparation& wanted) {
    if (m_prepared && m_preparation == wanted)
      return &*m_prepared;
    m_prepared.reset();
    if (!m_decoded || m_preparation.jpeg_shrink != wanted.jpeg_shrink ||
        m_preparation.frames != wanted.frames) {
      m_decoded.reset();
      IMGOPT_ASSIGN(m_decoded,
                    decode_image(m_source.bytes, m_source.info.format, wanted.frames, wanted.jpeg_shrink));
    }
    m_preparation = wanted;
    IMGOPT_ASSIGN(m_prepared, prepare(*m_decoded, m_source.info, wanted));
    return &*m_prepared;
  }

private:
  const RecordSource& m_source;
  Preparation m_preparation;
  std::optional<vips::VImage> m_decoded;
  std::optional<PreparedPicture> m_prepared;
};

bool has_srgb_profile(ByteView bytes, const SourceInfo& info) {
  if (!info.has_profile || info.is_cmyk)
    return false;
  const auto image = open_image(bytes, info.format, Frames::first);
  return image && is_srgb_profile(*image);
}

Result<FinishedOutput> make(const RecordSource& source, const OutputSettings& settings,
                            SharedPixels& pixels) {
  const PreparedPicture* prepared = nullptr;
  if (needs_pixels(source, settings)) {
    IMGOPT_ASSIGN(prepared, pixels.prepared_for(preparation_for(source.info, settings)));
  }
  return make_output(source, settings, prepared);
}

// Bytes that encoder, verifying decoder and score need beside the picture of `size`. Per pixel as measured on
// 9 megapixels with Debian 12's libraries (JPEG 21, lossless WebP 31, AVIF 19, lossless JPEG XL 71), rounded
// up since greater efforts take more.
std::uint64_t encoder_memory(const SourceInfo& source, const OutputSettings& settings, PixelSize size) {
  const std::uint64_t pixels = std::uint64_t{size.width} * size.height * source.frames;
  const std::uint64_t scoring =
      settings.quality_mode == Quality::target || settings.format == ImageFormat::png ? 16 : 0;
  const bool lossless = settings.lossless == Lossless::yes;
  std::uint64_t per_pixel = 24;
  switch (settings.format) {
    case ImageFormat::png: {
      png::PngInfo info;
      info.width = size.width;
      info.height = size.height;
      info.bit_depth = source.bits > 8 ? 16 : 8;
      info.animated = source.is_apng;
      info.frames = std::max(1u, source.apng_frames);
      // Frames that are made anew are there as whole pictures, and as the parts that change.
      const std::uint64_t whole_frames = source.frames > 1 ? pixels * 8 * (source.bits > 8 ? 2 : 1) : 0;
      return png::peak_memory_bytes(info, settings.effort) + whole_frames + pixels * scoring;
    }
    case ImageFormat::jpeg:
      per_pixel = 32;
      break;
    case ImageFormat::webp:
      per_pixel = lossless ? 48 : 24;
      break;
    case ImageFormat::avif:
      per_pixel = 60;
      break;
    case ImageFormat::jxl:
      per_pixel = 110;
      break;
    case ImageFormat::gif:
    case ImageFormat::tiff:
      break;
  }
  return pixels * (per_pixel + scoring);
}

}  // namespace

ResultSlot failed_slot(ImageFormat format, const Error& error) {
  ResultSlot slot;
  slot.status = static_cast<std::uint32_t>(SlotStatus::failed);
  slot.failure = static_cast<std::uint32_t>(failure_of(error.code));
  slot.format = static_cast<std::uint32_t>(format);
  set_message(slot, error.message);
  return slot;
}

void optimize_record(ByteView bytes, const SourceInfo& info, std::span<const OutputSettings> outputs,
                     const SourceLimits& limits, const DeliverOutput& deliver) {
  const RecordSource source{bytes, info, limits, has_srgb_profile(bytes, info)};
  std::vector<std::size_t> order(outputs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return preparation_for(info, outputs[a]) < preparation_for(info, outputs[b]);
  });
  SharedPixels pixels(source);
  std::uint64_t bytes_left = limits.max_output_bytes != 0 ? limits.max_output_bytes : UINT64_MAX;
  for (const std::size_t index : order) {
    const std::uint64_t started = process_cpu_microseconds();
    Result<FinishedOutput> output = make(source, outputs[index], pixels);
    if (output && output->data.size() > bytes_left)
      output = fail(ErrorCode::limit_exceeded, "the outputs of this image are larger than the limit");
    ResultSlot slot = output ? output->slot : failed_slot(outputs[index].format, output.error());
    slot.cpu_us = process_cpu_microseconds() - started;
    if (output)
      bytes_left -= output->data.size();
    deliver(index, slot, output ? ByteView(output->data) : ByteView());
  }
}

std::uint64_t needed_memory(const SourceInfo& source, std::uint64_t source_bytes,
                            std::span<const OutputSettings> outputs) {
  // The process with its libraries.
  constexpr std::uint64_t k_base = 64ull << 20;
  const std::uint64_t sample_bytes =
      static_cast<std::uint64_t>(source.channels) * (source.bits > 8 ? 2u : 1u);
  const std::uint64_t decoded = source.total_pixels() * sample_bytes;
  std::uint64_t most = 0;
  for (const OutputSettings& settings : outputs) {
    const PixelSize size = output_size({source.displayed_width(), source.displayed_height()}, settings);
    const std::uint64_t pixels = std::uint64_t{size.width} * size.height * source.frames;
    most = std::max(most, pixels * 2 * sample_bytes + encoder_memory(source, settings, size));
  }
  return k_base + source_bytes + decoded + most;
}

}  // namespace imgopt
