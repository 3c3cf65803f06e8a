#include "tool/state/hash_content.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

#include "base/file.hpp"
#include "base/interrupts.hpp"

namespace imgopt {

Result<SniffedContent> read_content(int file, const std::string& path,
                                    const std::function<Result<void>(ByteView)>& use) {
  constexpr std::size_t k_piece_bytes = 256 * 1024;
  thread_local Bytes buffer(k_piece_bytes);
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
    IMGOPT_TRY(use(piece));
    offset += piece.size();
  }
}

Result<SniffedContent> sniff_file(int file, const std::string& path) {
  std::array<std::uint8_t, k_sniff_bytes> bytes;
  for (;;) {
    const ssize_t got = ::pread(file, bytes.data(), bytes.size(), 0);
    if (got >= 0)
      return sniff_content(ByteView(bytes.data(), static_cast<std::size_t>(got)));
    if (errno != EINTR || Interrupts::pending() != 0)
      return system_error(path, "cannot read", errno);
  }
}

Result<void> check_input_size(std::uint64_t bytes, std::uint64_t max_input_size) {
  if (max_input_size == 0 || bytes <= max_input_size)
    return {};
  return fail(ErrorCode::limit_exceeded, std::to_string(bytes) + " bytes are more than the limit of " +
                                             std::to_string(max_input_size) +
                                             "; raise it with --max-input-size");
}

}  // namespace imgopt
