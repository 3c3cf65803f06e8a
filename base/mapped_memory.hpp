// Memory shared with worker processes and files mapped for reading, through Boost.Interprocess.
//
// On Linux shared memory is a memfd; elsewhere it would be a private 0600 file. Seals make what a peer maps
// trustworthy: sealed_copy() can never change again, create_shared() can never change its size, so no access
// to either raises SIGBUS.
#pragma once

#include <boost/interprocess/mapped_region.hpp>
#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/result.hpp"

namespace imgopt {

// A private copy is written to without the file's being changed; what is not written to is shared with it.
enum class Access { read_only, read_write, private_copy };
// How a mapping will be read; the kernel's read-ahead follows.
enum class AccessHint { normal, sequential, random };

// A mapping of the first `size` bytes of a descriptor, which may be closed afterwards.
class MappedRegion {
public:
  MappedRegion() = default;
  // Fails where the file is shorter than `size`, since touching such pages is SIGBUS. `size` > 0.
  [[nodiscard]] static Result<MappedRegion> map(int fd, std::size_t size, Access access,
                                                std::string_view name, AccessHint hint = AccessHint::normal);
  [[nodiscard]] ByteView bytes() const {
    return {static_cast<const std::uint8_t*>(m_region.get_address()), m_region.get_size()};
  }
  [[nodiscard]] std::span<std::uint8_t> writable_bytes() const {
    return {static_cast<std::uint8_t*>(m_region.get_address()), m_region.get_size()};
  }

private:
  boost::interprocess::mapped_region m_region;
};

// An anonymous memory file that grows as it is written. `name` shows in /proc and nowhere else.
[[nodiscard]] Result<Descriptor> create_memory_file(const char* name);

// Bytes of memory that a memory file holds: what was never written takes none. 0 where that cannot be told.
[[nodiscard]] std::uint64_t held_memory(int fd);

// Sized to `size` zero bytes and sealed against any change of size: both sides may map and write it.
[[nodiscard]] Result<Descriptor> create_shared_memory(const char* name, std::size_t size);

// Forbids every further change of content and size. Fails while a writable mapping exists.
[[nodiscard]] Result<void> seal_against_changes(int fd);
// Whether a descriptor is a memory file that nobody can change any more (so that mapping it is safe).
[[nodiscard]] bool is_sealed_against_changes(int fd);

}  // namespace imgopt
