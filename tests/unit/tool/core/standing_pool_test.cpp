// Workers that wait from one build to the next: when they are used, and when not.
#include "tool/workers/standing_pool.hpp"

#include <gtest/gtest.h>

#include "tests/unit/tool/core/pool_fixture.hpp"

namespace imgopt {
namespace {

class StandingPoolTest : public PoolTest {
protected:
  static EncoderFingerprints encoders_of(std::int64_t mtime) {
    EncoderFingerprints encoders;
    encoders.objects.push_back({"/lib/libwebp.so", {}});
    encoders.objects.back().stat.mtime_ns = mtime;
    return encoders;
  }

  // One build of one image with these options; returns how many workers had to be started for it.
  std::uint64_t workers_started(StandingPool& standing, std::int64_t library_mtime = 1) {
    // As each build has them: a nonce of its own.
    ++options.setup.nonce[0];
    WorkerPool& pool = standing.for_build(options, encoders_of(library_mtime));
    NotingClient client({"ok"});
    EXPECT_TRUE(run(pool, client, 1));
    EXPECT_EQ(client.results.size(), 1u);
    return standing.end_build().workers;
  }
};

TEST_F(StandingPoolTest, NextBuildFindsAFreshWorkerReady) {
  StandingPool standing;
  EXPECT_EQ(workers_started(standing), 1u);
  ASSERT_TRUE(standing.get_ready(1));
  WorkerPool& pool = standing.for_build(options, encoders_of(1));
  EXPECT_EQ(pool.counters().workers, 1u);
  NotingClient client({"ok"});
  ASSERT_TRUE(run(pool, client, 1));
  EXPECT_EQ(standing.end_build().workers, 1u);
}

TEST_F(StandingPoolTest, KeepsNothingUnlessAsked) {
  StandingPool standing;
  EXPECT_EQ(workers_started(standing), 1u);
  EXPECT_EQ(workers_started(standing), 1u);
}

TEST_F(StandingPoolTest, WaitingWorkersAreNotUsedWithOtherLibrariesOrOptions) {
  StandingPool standing;
  EXPECT_EQ(workers_started(standing), 1u);
  ASSERT_TRUE(standing.get_ready(1));
  // The waiting one was counted in a pool that is gone; another had to be started.
  EXPECT_EQ(workers_started(standing, 2), 1u);
  ASSERT_TRUE(standing.get_ready(1));
  options.memory_limit *= 2;
  WorkerPool& other = standing.for_build(options, encoders_of(2));
  EXPECT_EQ(other.counters().workers, 0u);
}

TEST_F(StandingPoolTest, ReadyBeforeAnyBuildIsNothing) {
  StandingPool standing;
  EXPECT_TRUE(standing.get_ready(2));
  EXPECT_EQ(standing.end_build().workers, 0u);
}

}  // namespace
}  // namespace imgopt
