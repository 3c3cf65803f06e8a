// What the machine offers this process: cores, memory, and which boot this is.
#pragma once

#include <array>
#include <cstdint>

namespace imgopt {

// Cores that this process may use at once: its affinity mask, cut by a cgroup's CPU quota. At least 1.
[[nodiscard]] unsigned available_cores();

// Bytes of memory that this process may use: the smaller of RAM and its cgroup's limit.
[[nodiscard]] std::uint64_t available_memory();

// Has every block of memory that is large go back to the system when it is freed. The allocator keeps such blocks
// once it has seen a few come and go, and then a program holds what several of its steps needed in turn.
void give_large_blocks_back();

// Raises the soft limit of open descriptors, which is often 1024, to the hard one.
void allow_more_descriptors();

// The kernel's random id of this boot; zeros where there is none.
[[nodiscard]] std::array<std::uint8_t, 16> boot_id();

}  // namespace imgopt
