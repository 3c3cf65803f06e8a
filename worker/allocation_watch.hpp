// Allocation watch: notes that memory ran out, where it happens.
//
// A decoder that gets no memory says that the image is broken, or dies. Neither is the image's own fault, and
// neither tells the cause: so the C allocation functions are replaced by ones that call libc's and count
// failures in shared memory, where the tool finds them also after a death. What they give in large pieces is
// asked to come in large pages (large_pages.hpp). Without glibc, and under sanitizers, which bring allocators
// of their own, all this is not done.
#pragma once

#include <atomic>
#include <cstdint>

namespace imgopt {

// From here on failed allocations are added to `counter`, which must outlive the process's last allocation.
void watch_allocations(std::atomic<std::uint32_t>& counter);

}  // namespace imgopt
