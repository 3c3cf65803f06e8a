// Verification: every output is decoded again, by the loader of its own format, before anybody hears of it.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "worker/codec.hpp"
#include "worker/picture.hpp"

namespace imgopt {

// Decodes `encoding` and holds it against the picture it was made from: format, size, frames and their
// duration, alpha, profile, and pixels: equal where the encoding is exact, close where it is not. Returns the
// decoded picture, for scoring. Fails with ErrorCode::internal: the message says what differs.
[[nodiscard]] Result<Picture> verify_encoding(const Encoding& encoding, const Picture& expected,
                                              const EncodeRequest& request);

}  // namespace imgopt
