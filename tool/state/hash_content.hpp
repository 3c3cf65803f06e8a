// One pass over an open file's content: what it is, and its digest by any of base/digest.hpp's hashers.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/interrupts.hpp"
#include "base/result.hpp"
#include "protocol/image_format.hpp"

namespace imgopt {

// Feeds the whole file to `hasher`, from its first byte. `path` is what messages name. ErrorCode::io, also
// where an interrupt came in between.
template <typename AnyHasher>
[[nodiscard]] Result<SniffedContent> hash_content(int file, const std::string& path, AnyHasher& hasher) {
  constexpr std::size_t k_piece_bytes = 256 * 1024;
  thread_local std::vector<std::uint8_t> buffer(k_piece_bytes);
  SniffedContent content;
  for (std::uint64_t offset = 0;;) {
    const ssize_t got = ::pread(file, buffer.data(), buffer.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR && Interrupts::pending() == 0)
      continue;
    if (got < 0)
      return system_error(path, "cannot read", errno);
    const ByteView piece(buffer.data(), static_cast<std::size_t>(got));
    if (offset == 0)
      content = sniff_content(piece.first(std::min(piece.size(), k_sniff_bytes)));
    if (got == 0)
      return content;
    hasher.update(piece);
    offset += piece.size();
  }
}

}  // namespace imgopt
