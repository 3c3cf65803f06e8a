#include "worker/allocation_watch.hpp"

#include <cerrno>
#include <cstddef>

#include "worker/large_pages.hpp"

namespace imgopt {

namespace {

std::atomic<std::atomic<std::uint32_t>*> g_failures{nullptr};

}  // namespace

void watch_allocations(std::atomic<std::uint32_t>& counter) {
  g_failures.store(&counter, std::memory_order_release);
}

#if defined(__GLIBC__) && !defined(IMGOPT_SANITIZED)

namespace {

// No ceiling would grant more at once: such a size comes from a damaged header, not from want of memory.
constexpr std::size_t k_absurd_bytes = std::size_t{1} << 40;

void* noted(void* memory, std::size_t bytes) {
  if (memory == nullptr && bytes != 0 && bytes < k_absurd_bytes)
    if (auto* const failures = g_failures.load(std::memory_order_acquire))
      failures->fetch_add(1, std::memory_order_relaxed);
  advise_large_pages(memory, bytes);
  return memory;
}

// What calloc is asked for; SIZE_MAX where that overflows.
std::size_t product(std::size_t count, std::size_t size) {
  std::size_t bytes = 0;
  return __builtin_mul_overflow(count, size, &bytes) ? SIZE_MAX : bytes;
}

}  // namespace

#endif

}  // namespace imgopt

#if defined(__GLIBC__) && !defined(IMGOPT_SANITIZED)

extern "C" {

// The names under which glibc exports its own functions for programs that replace them.
// NOLINTBEGIN(bugprone-reserved-identifier): they are glibc's to choose.
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
// NOLINTEND(bugprone-reserved-identifier)

void* malloc(std::size_t bytes) {
  return imgopt::noted(__libc_malloc(bytes), bytes);
}
void* calloc(std::size_t count, std::size_t size) {
  return imgopt::noted(__libc_calloc(count, size), imgopt::product(count, size));
}
void* realloc(void* memory, std::size_t bytes) {
  return imgopt::noted(__libc_realloc(memory, bytes), bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) {
  return imgopt::noted(__libc_memalign(alignment, bytes), bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  return imgopt::noted(__libc_memalign(alignment, bytes), bytes);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) {
  if (alignment % sizeof(void*) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0)
    return EINVAL;
  void* const made = imgopt::noted(__libc_memalign(alignment, bytes), bytes);
  if (made == nullptr)
    return ENOMEM;
  *memory = made;
  return 0;
}

}  // extern "C"

#endif
