// SIGINT and SIGTERM as something a program can ask for and wait for.
//
// The first signal is remembered: the run stops starting work, keeps what is finished and ends. The second
// ends the process at once. A signal handler can reach nothing but static storage, so there is one of these a
// process.
//
// The kernel may hand a signal to any thread, and between a look at pending() and a system call that waits.
// So whatever may wait for long waits in poll() for descriptor() too, and none relies on being woken by
// EINTR.
#pragma once

#include "base/result.hpp"

namespace imgopt {

class Interrupts {
public:
  // Installs the handlers; SIGPIPE is ignored, so that a closed pipe is an error and not a death.
  static void install();
  // The signal that arrived, or 0.
  [[nodiscard]] static int pending();
  // Becomes readable when one arrives, for poll(). -1 before install().
  [[nodiscard]] static int descriptor();

  // A byte that is to be written to `descriptor` even where the second signal ends the process, and that the
  // latest such byte is no longer owed. From one thread alone; beyond the first thousand nothing is
  // remembered.
  static void owe_token(int descriptor, char token);
  static void settle_token();
};

// What a function returns that ends early for a signal.
[[nodiscard]] inline tl::unexpected<Error> interrupted() {
  return fail(ErrorCode::interrupted, "interrupted");
}

}  // namespace imgopt
