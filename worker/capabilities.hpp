// Capabilities: what root may do beyond what any user may. A worker needs none.
#pragma once

#include "base/result.hpp"

namespace imgopt {

// Drops all capabilities of the calling thread, and those that it could gain by running a program as far as
// it may. Fails with ErrorCode::io where some are left.
[[nodiscard]] Result<void> drop_capabilities();

}  // namespace imgopt
