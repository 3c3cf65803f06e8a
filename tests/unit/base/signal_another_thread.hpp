// signal_another_thread: a signal as the kernel may hand it to a program, at a thread that waits for nothing.
#pragma once

#include <csignal>
#include <thread>

namespace imgopt {

inline void change_signal_mask(int how, int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  ::pthread_sigmask(how, &set, nullptr);
}

// From now on the calling thread does not get `signal`; another thread gets it, at once or a little later, so
// that no system call of the calling thread ends early for it. For death tests of the style "threadsafe": a
// process that was forked from one with threads must not start any.
inline void signal_another_thread(int signal) {
  change_signal_mask(SIG_BLOCK, signal);
  std::thread([signal] {
    change_signal_mask(SIG_UNBLOCK, signal);
    ::raise(signal);
  }).detach();
}

}  // namespace imgopt
