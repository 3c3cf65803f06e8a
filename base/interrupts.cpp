#include "base/interrupts.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>

namespace imgopt {

namespace {

volatile std::sig_atomic_t g_signal = 0;
volatile std::sig_atomic_t g_event = -1;

extern "C" void remember_signal(int signal) {
  const int saved = errno;
  if (g_signal != 0)
    ::_exit(128 + signal);
  g_signal = signal;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t ignored = ::write(g_event, &one, sizeof(one));
  errno = saved;
}

}  // namespace

void Interrupts::install() {
  if (g_event >= 0)
    return;
  g_event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  struct sigaction action {};
  action.sa_handler = remember_signal;
  sigemptyset(&action.sa_mask);
  // No SA_RESTART: a wait in the kernel ends, and the caller looks at pending().
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, nullptr);
}

int Interrupts::pending() {
  return g_signal;
}
int Interrupts::descriptor() {
  return g_event;
}

}  // namespace imgopt
