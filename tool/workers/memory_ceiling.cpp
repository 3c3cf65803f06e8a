#include "tool/workers/memory_ceiling.hpp"

#include <algorithm>

namespace imgopt {

namespace {

// Resident pages of libraries: 24 MiB measured with Debian 12's libvips and all codecs at work.
constexpr std::uint64_t k_libraries = std::uint64_t{32} << 20;
// Mapped and never touched: libraries (130 MiB measured), guard pages, arenas of malloc.
constexpr std::uint64_t k_mapped_only = std::uint64_t{1} << 30;
// What is left to allocate beside a source that is nearly as large as the ceiling.
constexpr std::uint64_t k_least_data = std::uint64_t{128} << 20;

#ifdef IMGOPT_SANITIZED
constexpr bool k_sanitized = true;
#else
constexpr bool k_sanitized = false;
#endif

}  // namespace

MemoryCeiling ceiling_of(std::uint64_t bytes, std::uint64_t source_bytes) {
  MemoryCeiling ceiling;
  ceiling.resident = std::max(bytes, k_least_ceiling);
  // Sanitizers map terabytes for their own books, and keep several bytes for each.
  ceiling.output = ceiling.resident;
  if (k_sanitized)
    return {ceiling.resident * 8, UINT64_MAX, UINT64_MAX, ceiling.output};
  const std::uint64_t taken = k_libraries + std::min(source_bytes, ceiling.resident);
  ceiling.data = ceiling.resident > taken + k_least_data ? ceiling.resident - taken : k_least_data;
  ceiling.address_space = ceiling.resident + k_mapped_only + source_bytes;
  return ceiling;
}

std::string mebibytes_text(std::uint64_t bytes) {
  return std::to_string((bytes + (1u << 20) - 1) >> 20) + " MiB";
}

}  // namespace imgopt
