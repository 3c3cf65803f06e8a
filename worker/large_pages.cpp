#include "worker/large_pages.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace imgopt {

void advise_large_pages(void* memory, std::size_t bytes) {
#ifdef MADV_HUGEPAGE
  // A large page of x86-64, and of AArch64 with pages of 4 KiB.
  constexpr std::size_t k_least_bytes = std::size_t{2} << 20;
  if (memory == nullptr || bytes < k_least_bytes)
    return;
  const int error = errno;
  static const auto k_page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  // From the page in which the piece begins, behind malloc's own few bytes: the kernel looks itself where a
  // large page fits, and mostly lets a large mapping begin with one.
  const std::size_t before = reinterpret_cast<std::uintptr_t>(memory) % k_page;
  // Advice: where it is not taken, the memory is there all the same.
  ::madvise(static_cast<char*>(memory) - before, (before + bytes) / k_page * k_page, MADV_HUGEPAGE);
  errno = error;
#else
  static_cast<void>(memory);
  static_cast<void>(bytes);
#endif
}

}  // namespace imgopt
