// Memory ceiling: how a grant of memory becomes limits that a worker cannot pass.
#pragma once

#include <cstdint>
#include <string>

namespace imgopt {

// Limits of one worker process, in bytes. The kernel holds `data`, `address_space` and `output`
// (ChildProcess::limit_memory); the tool looks from outside at what is resident and what is in memory files
// for outputs, which together must stay below `resident`.
struct MemoryCeiling {
  std::uint64_t resident = 0;
  std::uint64_t data = 0;
  std::uint64_t address_space = 0;
  std::uint64_t output = 0;  // in one memory file, which is resident in nobody
};

// For a worker that was granted `bytes` for a record with a source of `source_bytes`. What `data` lets a
// worker allocate, its libraries and the source together stay below `resident`. No ceiling is below
// k_least_ceiling: the libraries alone need a good part of it.
[[nodiscard]] MemoryCeiling ceiling_of(std::uint64_t bytes, std::uint64_t source_bytes);

inline constexpr std::uint64_t k_least_ceiling = std::uint64_t{256} << 20;

// "512 MiB", for people.
[[nodiscard]] std::string mebibytes_text(std::uint64_t bytes);

}  // namespace imgopt
