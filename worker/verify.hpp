// Verification: every output is decoded again, by the loader of its own format, before anybody hears of it.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "worker/codec.hpp"
#include "worker/picture.hpp"

namespace imgopt {

struct VerifiedPicture {
  Picture picture;           // decoded, with the frames of the picture it was made from
  std::uint32_t frames = 1;  // of the file: fewer where the encoder joined equal neighbours
};

// Decodes `encoding` and holds it against the picture it was made from: format, size, frames and their
// duration, alpha, profile, and pixels: equal where the encoding is exact, close where it is not. Fails with
// ErrorCode::internal: the message says what differs; with unsupported_image where GIF or AVIF was to be
// lossless and could not be.
[[nodiscard]] Result<VerifiedPicture> verify_encoding(const Encoding& encoding, const Picture& expected,
                                                      const EncodeRequest& request);

}  // namespace imgopt
