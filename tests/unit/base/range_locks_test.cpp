#include "base/range_locks.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "tests/unit/base/scratch_folder.hpp"

namespace imgopt {
namespace {

class RangeLocksTest : public testing::Test {
protected:
  RangeLocks open() const {
    auto locks = RangeLocks::open(scratch.path("locks"));
    EXPECT_TRUE(locks) << (locks ? "" : locks.error().message);
    return std::move(*locks);
  }
  ScratchFolder scratch;
};

TEST_F(RangeLocksTest, AByteIsHeldByOneAtATime) {
  const RangeLocks one = open();
  const RangeLocks other = open();
  EXPECT_EQ(one.try_lock(7).value(), LockOutcome::taken);
  EXPECT_EQ(one.try_lock(7).value(), LockOutcome::taken);
  EXPECT_EQ(other.try_lock(7).value(), LockOutcome::held_by_another);
  EXPECT_TRUE(other.is_held_by_another(7));
  EXPECT_FALSE(one.is_held_by_another(7));
  EXPECT_EQ(other.try_lock(8).value(), LockOutcome::taken);
  one.unlock(7);
  EXPECT_FALSE(other.is_held_by_another(7));
  EXPECT_EQ(other.try_lock(7).value(), LockOutcome::taken);
}

TEST_F(RangeLocksTest, PlacesReachToTheEndOfWhatAFileCanBe) {
  const RangeLocks one = open();
  const RangeLocks other = open();
  constexpr std::uint64_t k_last = (std::uint64_t{1} << 62) - 1;
  EXPECT_EQ(one.try_lock(k_last).value(), LockOutcome::taken);
  EXPECT_EQ(other.try_lock(k_last).value(), LockOutcome::held_by_another);
  EXPECT_EQ(scratch.read("locks"), "");
}

TEST_F(RangeLocksTest, AreFreeWhenTheirObjectIsGone) {
  const RangeLocks other = open();
  {
    const RangeLocks one = open();
    ASSERT_TRUE(one.try_lock(1));
    EXPECT_TRUE(other.is_held_by_another(1));
  }
  EXPECT_FALSE(other.is_held_by_another(1));
}

TEST_F(RangeLocksTest, AreFreeWhenTheirProcessIsDead) {
  const RangeLocks mine = open();
  const pid_t child = ::fork();
  if (child == 0) {
    const auto locks = RangeLocks::open(scratch.path("locks"));
    ::_exit(locks && locks->try_lock(1) ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  EXPECT_EQ(mine.try_lock(1).value(), LockOutcome::taken);
}

TEST_F(RangeLocksTest, WaitingLetsInOneAtATime) {
  std::atomic<int> inside{0};
  std::atomic<int> entered{0};
  {
    std::vector<std::jthread> threads(4);
    for (std::jthread& thread : threads)
      thread = std::jthread([&] {
        const RangeLocks locks = open();
        for (int i = 0; i < 50; ++i) {
          ASSERT_TRUE(locks.lock(3));
          EXPECT_EQ(inside.fetch_add(1), 0);
          inside.fetch_sub(1);
          locks.unlock(3);
          ++entered;
        }
      });
  }
  EXPECT_EQ(entered.load(), 200);
}

}  // namespace
}  // namespace imgopt
