#include "worker/optimize_record.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "worker/output_task.hpp"
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
  // Bytes a pixel that an encoder holds beside the picture, and the verifying decoder after it: measured on
  // large images, rounded up.
  const auto encoder_bytes = [](const OutputSettings& settings) -> std::uint64_t {
    switch (settings.format) {
      case ImageFormat::png:
        return 40;
      case ImageFormat::avif:
        return 60;
      case ImageFormat::jxl:
        return 80;
      case ImageFormat::webp:
        return 24;
      default:
        return 16;
    }
  };
  const std::uint64_t sample_bytes =
      static_cast<std::uint64_t>(source.channels) * (source.bits > 8 ? 2u : 1u);
  const std::uint64_t decoded = source.total_pixels() * sample_bytes;
  std::uint64_t most = 0;
  for (const OutputSettings& settings : outputs) {
    const PixelSize size = output_size({source.displayed_width(), source.displayed_height()}, settings);
    const std::uint64_t pixels = std::uint64_t{size.width} * size.height * source.frames;
    most = std::max(most, pixels * (2 * sample_bytes + encoder_bytes(settings)));
  }
  return k_base + source_bytes + decoded + most;
}

}  // namespace imgopt
