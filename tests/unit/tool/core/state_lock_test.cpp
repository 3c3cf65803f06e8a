#include "tool/state/state_lock.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "tests/unit/base/scratch_folder.hpp"

namespace imgopt {
namespace {

TEST(StateLock, MakesTheStatesFolder) {
  const ScratchFolder folder;
  EXPECT_TRUE(StateLock::take(folder.path("a/b/build.state")));
  EXPECT_TRUE(folder.exists("a/b"));
}

TEST(StateLock, IsHeldUntilItsObjectIsGone) {
  const ScratchFolder folder;
  std::optional<StateLock> lock = StateLock::take(folder.path("build.state")).value();
  const Descriptor file(::open(folder.path("build.state.lock").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_TRUE(file.is_open());
  EXPECT_EQ(try_lock(file.get(), "lock").value(), LockOutcome::held_by_another);
  lock.reset();
  EXPECT_EQ(try_lock(file.get(), "lock").value(), LockOutcome::taken);
}

TEST(StateLock, LetsOneRunInAtATime) {
  const ScratchFolder folder;
  std::atomic<int> inside{0};
  std::atomic<int> entered{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&] {
        const auto lock = StateLock::take(folder.path("build.state"));
        EXPECT_TRUE(lock);
        EXPECT_EQ(inside.fetch_add(1), 0);
        ++entered;
        std::this_thread::yield();
        inside.fetch_sub(1);
      });
  }
  EXPECT_EQ(entered.load(), 3);
}

TEST(StateLock, StatesOfDifferentBuildsAreIndependent) {
  const ScratchFolder folder;
  const auto one = StateLock::take(folder.path("one.state"));
  const auto other = StateLock::take(folder.path("other.state"));
  EXPECT_TRUE(one);
  EXPECT_TRUE(other);
}

TEST(StateLock, TellsTheTimeByTheFileSystemsClock) {
  const ScratchFolder folder;
  folder.write("before", "x");
  const StateLock lock = StateLock::take(folder.path("build.state")).value();
  folder.write("after", "x");
  EXPECT_LE(folder.stat("before").mtime_ns, lock.now_ns());
  EXPECT_GE(folder.stat("after").mtime_ns, lock.now_ns());
  EXPECT_GT(lock.time_step_ns(), 0);
  EXPECT_LE(lock.time_step_ns(), 2'000'000'000);
}

TEST(StateLock, RefusesALinkInItsPlace) {
  const ScratchFolder folder;
  folder.write("theirs", "x");
  std::filesystem::create_symlink("theirs", folder.path("build.state.lock"));
  EXPECT_FALSE(StateLock::take(folder.path("build.state")));
}

}  // namespace
}  // namespace imgopt
