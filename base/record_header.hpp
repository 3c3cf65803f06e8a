// Headers of the binary formats: each stands at the front of bytes aligned to 8, begins with a magic number,
// and where it has a `content_digest`, that is of everything, itself zero.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/result.hpp"

namespace imgopt {

[[nodiscard]] inline tl::unexpected<Error> damaged_format(std::string_view format, std::string_view why) {
  return fail(ErrorCode::corrupt, std::string(format).append(": ").append(why));
}

// The header, its magic number checked and nothing else. `format` is what messages name. ErrorCode::corrupt.
template <typename Header>
[[nodiscard]] Result<Header> read_header(ByteView bytes, std::uint64_t magic, std::string_view format) {
  static_assert(std::has_unique_object_representations_v<Header>);
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % 8 != 0)
    return damaged_format(format, "not aligned");
  if (bytes.size() < sizeof(Header))
    return damaged_format(format, "shorter than its header");
  Header header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.magic != magic)
    return damaged_format(format, "wrong magic number");
  return header;
}

// To be fed with what follows the header.
template <typename Header>
[[nodiscard]] Hasher content_hasher(Header header) {
  header.content_digest = {};
  Hasher hasher(public_secret());
  hasher.update(ByteView(reinterpret_cast<const std::uint8_t*>(&header), sizeof(header)));
  return hasher;
}

template <typename Header>
[[nodiscard]] Digest128 digest_of(const Header& header, ByteView rest) {
  Hasher hasher = content_hasher(header);
  hasher.update(rest);
  return hasher.finish();
}

}  // namespace imgopt
