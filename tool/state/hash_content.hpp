// One pass over an open file's content: what it is, and its digest by any of base/digest.hpp's hashers; and
// how large a source may be for that.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/bytes.hpp"
#include "base/interrupts.hpp"
#include "base/result.hpp"
#include "protocol/image_format.hpp"

namespace imgopt {

// Gives the whole file to `use`, piece by piece from its first byte, until an error. `path` is what messages
// name. ErrorCode::io, also where an interrupt came in between.
[[nodiscard]] Result<SniffedContent> read_content(int file, const std::string& path,
                                                  const std::function<Result<void>(ByteView)>& use);

// What the file is, by its first bytes.
[[nodiscard]] Result<SniffedContent> sniff_file(int file, const std::string& path);

// Fails beyond --max-input-size (0: none) in its words.
[[nodiscard]] Result<void> check_input_size(std::uint64_t bytes, std::uint64_t max_input_size);

// Fails with limit_exceeded where more is read than `max_input_size`, with interrupted at a signal.
template <typename AnyHasher>
[[nodiscard]] Result<SniffedContent> hash_content(int file, const std::string& path,
                                                  std::uint64_t max_input_size, AnyHasher& hasher) {
  std::uint64_t bytes = 0;
  return read_content(file, path, [&](ByteView piece) -> Result<void> {
    if (Interrupts::pending() != 0)
      return interrupted();
    bytes += piece.size();
    IMGOPT_TRY(check_input_size(bytes, max_input_size));
    hasher.update(piece);
    return {};
  });
}

}  // namespace imgopt
