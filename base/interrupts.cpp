#include "base/interrupts.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>

namespace imgopt {

namespace {

// Any thread may get a signal, and any may ask whether there was one. A handler must not wait for a lock.
std::atomic<int> g_signal{0};
static_assert(std::atomic<int>::is_always_lock_free);
volatile std::sig_atomic_t g_event = -1;

constexpr std::sig_atomic_t k_most_tokens = 1024;
volatile std::sig_atomic_t g_tokens = 0;
volatile std::sig_atomic_t g_token_descriptor = -1;
char g_token_bytes[k_most_tokens];

extern "C" void remember_signal(int signal) {
  const int saved = errno;
  if (g_signal.exchange(signal) != 0) {
    [[maybe_unused]] const ssize_t given_back = ::write(
        g_token_descriptor, g_token_bytes, static_cast<std::size_t>(std::min(+g_tokens, +k_most_tokens)));
    ::_exit(128 + signal);
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t ignored = ::write(g_event, &one, sizeof(one));
  errno = saved;
}

}  // namespace

void Interrupts::install() {
  if (g_event >= 0)
    return;
#ifdef __SANITIZE_THREAD__
  // GCC 12's runtime loses a signal that arrives while it prepares for a thread's first wait: that is now.
  ::poll(nullptr, 0, 0);
#endif
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

void Interrupts::owe_token(int descriptor, char token) {
  g_token_descriptor = descriptor;
  if (g_tokens < k_most_tokens)
    g_token_bytes[g_tokens] = token;
  g_tokens = g_tokens + 1;
}

void Interrupts::settle_token() {
  g_tokens = g_tokens - 1;
}

int Interrupts::descriptor() {
  return g_event;
}

}  // namespace imgopt
