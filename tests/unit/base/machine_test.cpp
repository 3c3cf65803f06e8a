#include "base/machine.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <thread>

namespace imgopt {
namespace {

TEST(Machine, OffersAtLeastOneCoreAndNoMoreThanThereAre) {
  EXPECT_GE(available_cores(), 1u);
  EXPECT_LE(available_cores(), std::max(1u, std::thread::hardware_concurrency()));
}

TEST(Machine, CountsOnlyTheCoresOfItsAffinityMask) {
  cpu_set_t before;
  ASSERT_EQ(::sched_getaffinity(0, sizeof(before), &before), 0);
  int first = 0;
  while (!CPU_ISSET(first, &before))
    ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  ASSERT_EQ(::sched_setaffinity(0, sizeof(one), &one), 0);
  EXPECT_EQ(available_cores(), 1u);
  ASSERT_EQ(::sched_setaffinity(0, sizeof(before), &before), 0);
}

TEST(Machine, HasMemory) {
  EXPECT_GE(available_memory(), std::uint64_t{1} << 20);
}

TEST(Machine, KnowsOneBoot) {
  EXPECT_EQ(boot_id(), boot_id());
  EXPECT_NE(boot_id(), (std::array<std::uint8_t, 16>{}));
}

}  // namespace
}  // namespace imgopt
