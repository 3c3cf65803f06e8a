// Encoding a picture in one format: the request, what comes back, and the choice of the codec.
//
// Codecs are pure functions of the picture and the request. They neither verify nor compare with the source;
// that is optimize_record's.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "protocol/output_settings.hpp"
#include "worker/picture.hpp"

namespace imgopt {

struct EncodeRequest {
  OutputSettings settings;
  int quality = 80;  // 1..100; counts where lossless is no
  int tenths = 0;    // of a step more, for encoders that know them (JPEG, WebP)
  Lossless lossless = Lossless::no;

  // Settings with their own quality.
  explicit EncodeRequest(const OutputSettings& wanted)
      : settings(wanted), quality(wanted.quality), lossless(wanted.lossless) {}
};

// What the bytes hold, for verification.
enum class Fidelity : std::uint8_t { exact, approximate };

struct Encoding {
  Bytes data;
  Fidelity fidelity = Fidelity::approximate;
  std::uint32_t notes = 0;  // OutputNote bits
};

// Encodes `picture` as request.settings.format. Errors: unsupported_image (the format cannot be written here
// or cannot hold the picture), limit_exceeded, internal (the encoder failed).
[[nodiscard]] Result<Encoding> encode_picture(const Picture& picture, const EncodeRequest& request);

// The chroma subsampling for `automatic`: full where edges or data matter, or from this quality on.
inline constexpr int k_full_chroma_quality = 90;
[[nodiscard]] ChromaSubsampling resolve_subsampling(const EncodeRequest& request);

// Writes `picture` through the libvips saver of its format, with the metadata that the request's policy
// keeps. `options` are the codec's own and are consumed. Throws as libvips does.
[[nodiscard]] Bytes save_picture(const Picture& picture, const EncodeRequest& request,
                                 vips::VOption* options);

}  // namespace imgopt
