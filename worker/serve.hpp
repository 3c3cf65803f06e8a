// The serve loop: takes messages from the tool's socket and does one record after the other, until the socket
// closes.
//
// See protocol/dispatch.hpp. The worker trusts the tool's numbers no more than it must: manifests and sources
// have to be sealed memory files, and everything read from them is checked. It names no path and touches no
// file.
#pragma once

#include "base/result.hpp"

namespace imgopt {

// Serves the socket on descriptor `socket` until its other end closes, which is success.
[[nodiscard]] Result<void> serve(int socket);

}  // namespace imgopt
