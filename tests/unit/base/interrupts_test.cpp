#include "base/interrupts.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>

#include "tests/unit/base/signal_another_thread.hpp"

namespace imgopt {
namespace {

// Each in a process of its own: what arrived is remembered for good.

[[noreturn]] void tell_what_one_signal_does(int signal) {
  Interrupts::install();
  pollfd event{Interrupts::descriptor(), POLLIN, 0};
  if (Interrupts::pending() != 0 || ::poll(&event, 1, 0) != 0)
    ::_exit(1);
  ::raise(signal);
  ::_exit(Interrupts::pending() == signal && ::poll(&event, 1, 0) == 1 ? 0 : 2);
}

TEST(InterruptsDeathTest, RemembersTheFirstSignalAndWakesPoll) {
  EXPECT_EXIT(tell_what_one_signal_does(SIGINT), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(tell_what_one_signal_does(SIGTERM), testing::ExitedWithCode(0), "");
}

TEST(InterruptsDeathTest, WakesPollWhereAnotherThreadGotTheSignal) {
  const auto wait_while_another_gets_it = [] {
    Interrupts::install();
    signal_another_thread(SIGTERM);
    pollfd event{Interrupts::descriptor(), POLLIN, 0};
    const int ready = ::poll(&event, 1, 30'000);
    ::_exit(ready == 1 && Interrupts::pending() == SIGTERM ? 0 : 2);
  };
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(wait_while_another_gets_it(), testing::ExitedWithCode(0), "");
}

TEST(InterruptsDeathTest, EndsAtOnceOnTheSecondSignal) {
  const auto raise_both = [] {
    Interrupts::install();
    ::raise(SIGINT);
    ::raise(SIGTERM);
    ::_exit(0);
  };
  EXPECT_EXIT(raise_both(), testing::ExitedWithCode(128 + SIGTERM), "");
}

TEST(InterruptsDeathTest, MakesAClosedPipeAnErrorAndNoDeath) {
  const auto write_to_nobody = [] {
    Interrupts::install();
    int ends[2];
    if (::pipe(ends) != 0 || ::close(ends[0]) != 0)
      ::_exit(1);
    ::_exit(::write(ends[1], "x", 1) == -1 ? 0 : 2);
  };
  EXPECT_EXIT(write_to_nobody(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace imgopt
