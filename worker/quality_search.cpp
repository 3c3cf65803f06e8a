#include "worker/quality_search.hpp"

#include <algorithm>
#include <utility>

#include "protocol/record_results.hpp"
#include "worker/verify.hpp"

namespace imgopt {

namespace {

// How much better the one further attempt is after an encoding that could not be verified.
constexpr int k_quality_step = 10;

struct Attempt {
  Encoding encoding;
  Picture decoded;
};

Result<Attempt> attempt(const Picture& picture, const EncodeRequest& request) {
  Attempt made;
  IMGOPT_ASSIGN(made.encoding, encode_picture(picture, request));
  IMGOPT_ASSIGN(made.decoded, verify_encoding(made.encoding, picture, request));
  return made;
}

Result<FoundEncoding> at_fixed_quality(const Picture& picture, EncodeRequest request) {
  FoundEncoding found;
  found.encodings = 1;
  Result<Attempt> made = attempt(picture, request);
  if (!made && made.error().code == ErrorCode::internal && request.lossless == Lossless::no) {
    request.quality = std::min(100, request.quality + k_quality_step);
    made = attempt(picture, request);
    found.encodings = 2;
    found.notes |= static_cast<std::uint32_t>(OutputNote::quality_raised);
  }
  if (!made)
    return tl::unexpected<Error>(std::move(made).error());
  found.encoding = std::move(made->encoding);
  return found;
}

}  // namespace

Result<FoundEncoding> find_encoding(const Picture& picture, const OutputSettings& settings) {
  return at_fixed_quality(picture, EncodeRequest(settings));
}

}  // namespace imgopt
