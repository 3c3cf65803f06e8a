// seccomp: the system calls that a worker may still make. Whatever is not listed is refused with EPERM.
//
// Refused and not killed, because libraries ask for things that they can do without (the number of processors
// from /sys, a scheduling policy), and a decoder that was taken over gains nothing from an error.
#pragma once

#include "base/result.hpp"

namespace imgopt {

// Binds all threads of the process. Left are: memory that is never executable, threads of the own process,
// clocks, reading and writing of open descriptors, and the end. clone3 is ENOSYS, so that libc takes clone,
// whose flags can be checked. Fails with ErrorCode::io where the kernel has no seccomp filters.
[[nodiscard]] Result<void> allow_only_computing();

}  // namespace imgopt
