#include "worker/jpeg/jpeg_encoder.hpp"

#include <algorithm>
#include <new>

#include "worker/jpeg/jpeg_bytes.hpp"
#include "worker/jpeg/jpeg_constants.hpp"
#include "worker/jpeg/jpeg_lossy.hpp"
#include "worker/jpeg/jpeg_markers.hpp"
#include "worker/jpeg/jpeg_writer.hpp"

namespace imgopt::jpeg {
namespace {

constexpr std::size_t k_max_payload = 65533;
// ICC.1 B.4: each segment says its number and their count in a byte.
constexpr std::size_t k_icc_chunk = k_max_payload - 14;
constexpr std::uint32_t k_max_side = 65535;

Result<void> check(const PixelView& pixels, const EncodeOptions& options) {
  if (!pixels.is_consistent() || (pixels.channels != 1 && pixels.channels != 3) || pixels.bits != 8)
    return fail(ErrorCode::unsupported_image, "JPEG takes 1 or 3 channels of 8 bits");
  if (pixels.width > k_max_side || pixels.height > k_max_side)
    return fail(ErrorCode::unsupported_image, "JPEG takes at most 65535 pixels a side");
  if (options.icc.size() > 255 * k_icc_chunk)
    return fail(ErrorCode::unsupported_image, "JPEG cannot hold an ICC profile of this size");
  if (options.exif.size() > k_max_payload - k_exif_prefix.size())
    return fail(ErrorCode::unsupported_image, "JPEG cannot hold an Exif block of this size");
  return {};
}

void append_jfif(Bytes& out, const Density& density) {
  Bytes payload;
  append_text(payload, {"JFIF\0\x01\x01", 7});
  payload.push_back(static_cast<std::uint8_t>(density.unit));
  append_u16(payload, density.x);
  append_u16(payload, density.y);
  append_u16(payload, 0);  // no thumbnail
  append_segment(out, k_marker_app0, payload);
}

void append_exif(Bytes& out, ByteView exif) {
  Bytes payload;
  if (!starts_with(exif, k_exif_prefix))
    append_text(payload, k_exif_prefix);
  append_bytes(payload, exif);
  append_segment(out, k_marker_app1, payload);
}

void append_icc(Bytes& out, ByteView icc) {
  const std::size_t count = (icc.size() + k_icc_chunk - 1) / k_icc_chunk;
  for (std::size_t i = 0; i < count; ++i) {
    Bytes payload;
    append_text(payload, k_icc_prefix);
    payload.push_back(static_cast<std::uint8_t>(i + 1));
    payload.push_back(static_cast<std::uint8_t>(count));
    const std::size_t start = i * k_icc_chunk;
    append_bytes(payload, icc.subspan(start, std::min(k_icc_chunk, icc.size() - start)));
    append_segment(out, k_marker_app2, payload);
  }
}

Bytes encode(const PixelView& pixels, const EncodeOptions& options) {
  Bytes metadata;
  append_jfif(metadata, options.density);
  if (!options.exif.empty())
    append_exif(metadata, options.exif);
  append_icc(metadata, options.icc);
  const CoefficientImage image = encode_coefficients(pixels, options, {});
  const ScanSource source(image);
  return write_jpeg(source, plan_scans(source, options.style, options.effort), metadata);
}

}  // namespace

Result<Bytes> encode_jpeg(const PixelView& pixels, const EncodeOptions& options) {
  try {
    IMGOPT_TRY(check(pixels, options));
    return encode(pixels, options);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::limit_exceeded, "out of memory while encoding JPEG");
  }
}

}  // namespace imgopt::jpeg
