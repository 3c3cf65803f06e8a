// Landlock: forbids the calling thread, and all threads it starts, every path, TCP port and outside process.
#pragma once

#include "base/result.hpp"

namespace imgopt {

// Everything that the running kernel's Landlock knows is denied, with no exception. Needs no_new_privs. Fails
// with ErrorCode::io where the kernel has no Landlock.
[[nodiscard]] Result<void> forbid_all_paths();

}  // namespace imgopt
