// One pass over an open file's content: what it is, and its digest by any of base/digest.hpp's hashers.
#pragma once

#include <functional>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "protocol/image_format.hpp"

namespace imgopt {

// Gives the whole file to `use`, piece by piece from its first byte, until an error. `path` is what messages
// name. ErrorCode::io, also where an interrupt came in between.
[[nodiscard]] Result<SniffedContent> read_content(int file, const std::string& path,
                                                  const std::function<Result<void>(ByteView)>& use);

template <typename AnyHasher>
[[nodiscard]] Result<SniffedContent> hash_content(int file, const std::string& path, AnyHasher& hasher) {
  return read_content(file, path, [&](ByteView piece) {
    hasher.update(piece);
    return Result<void>();
  });
}

}  // namespace imgopt
