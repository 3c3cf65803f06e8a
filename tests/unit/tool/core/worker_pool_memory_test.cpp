// How the pool holds workers to the memory they were granted, and what becomes of records that want more.
#include <gmock/gmock.h>

#include "tests/unit/tool/core/pool_fixture.hpp"
#include "tool/workers/memory_ceiling.hpp"
#include "tool/workers/worker_pool.hpp"

namespace imgopt {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr std::uint64_t k_mebi = std::uint64_t{1} << 20;
// By which sources raise a ceiling (tool/workers/pool_dispatch.cpp).
constexpr std::uint64_t k_source_step = 16 * k_mebi;

TEST(MemoryCeilingTest, LeavesRoomForLibrariesAndSourceBelowTheCeiling) {
  const MemoryCeiling ceiling = ceiling_of(1024 * k_mebi, 100 * k_mebi);
#ifndef IMGOPT_SANITIZED
  EXPECT_EQ(ceiling.resident, 1024 * k_mebi);
  EXPECT_LT(ceiling.data, 924 * k_mebi);
  EXPECT_GT(ceiling.data, 800 * k_mebi);
#endif
  EXPECT_GT(ceiling.address_space, ceiling.resident);
}

TEST(MemoryCeilingTest, IsNeverTooLowForTheLibraries) {
  EXPECT_GE(ceiling_of(1, 0).resident, k_least_ceiling);
  EXPECT_GE(ceiling_of(1, UINT64_MAX / 2).data, 100 * k_mebi);
}

class PoolMemoryTest : public PoolTest {};

// By the worker's own account when it has the record, so none is too short-lived to be seen.
TEST_F(PoolMemoryTest, LimitsEveryWorkerBeforeItsFirstRecord) {
  options.jobs = 2;
  options.isolation = Isolation::own_worker;
  WorkerPool pool(options);
  NotingClient client(std::vector<std::string>(6, "tell-limit"));
  ASSERT_TRUE(run(pool, client, 6));
  ASSERT_THAT(client.results, SizeIs(6));
  for (const auto& [record, result] : client.results)
    EXPECT_EQ(result.cpu_us, ceiling_of(500, k_source_step).address_space) << record;
  EXPECT_GE(pool.counters().workers, 6u);
}

// The manifest of these tests says that every source is empty: all have grown since it was written.
TEST_F(PoolMemoryTest, MakesRoomForASourceThatGrewSinceItWasIdentified) {
  WorkerPool pool(options);
  NotingClient client({"tell-limit\n" + std::string(40 * k_mebi, '.'), "tell-limit"});
  ASSERT_TRUE(run(pool, client, 2));
  EXPECT_EQ(client.results.at(0).cpu_us, ceiling_of(1000, 3 * k_source_step).address_space);
}

TEST_F(PoolMemoryTest, BelievesWhatASourceThatGrewCanNeed) {
  constexpr std::uint64_t k_needed = 600 * k_mebi;
  WorkerPool pool(options);
  NotingClient client({"needs-memory " + std::to_string(k_needed) + "\n" + std::string(k_mebi, '.')});
  ASSERT_TRUE(run(pool, client, 1));
  ASSERT_THAT(client.results, SizeIs(1));
  EXPECT_EQ(client.results.at(0).outputs.at(0).cpu_us, k_needed / 4 * 5);
}

TEST_F(PoolMemoryTest, ReplacesAWorkerInWhichADecoderComplained) {
  WorkerPool pool(options);
  NotingClient client({"warn", "ok", "ok"});
  ASSERT_TRUE(run(pool, client, 3));
  ASSERT_THAT(client.results, SizeIs(3));
  EXPECT_NE(client.results.at(0).peak_memory, client.results.at(1).peak_memory);
  EXPECT_EQ(client.results.at(1).peak_memory, client.results.at(2).peak_memory);
  EXPECT_EQ(pool.counters().workers, 2u);
  EXPECT_EQ(pool.counters().crashes, 0u);
}

TEST_F(PoolMemoryTest, RunsARecordAgainWithAllMemoryWhereADecoderHadTooLittle) {
  options.jobs = 2;
  WorkerPool pool(options);
  NotingClient client({"lacks-memory 1000", "ok", "ok", "ok"});
  ASSERT_TRUE(run(pool, client, 4));
  ASSERT_THAT(client.results, SizeIs(4));
  EXPECT_EQ(client.ended.back(), 0u);
  EXPECT_EQ(client.results.at(0).outputs.at(0).cpu_us, 1000u);
  EXPECT_EQ(client.results.at(0).outputs.at(0).failure, 0u);
  EXPECT_EQ(pool.counters().crashes, 0u);
}

TEST_F(PoolMemoryTest, BelievesThatAllMemoryIsTooLittle) {
  options.jobs = 2;
  WorkerPool pool(options);
  NotingClient client({"lacks-memory 1001", "ok"});
  ASSERT_TRUE(run(pool, client, 2));
  ASSERT_THAT(client.results, SizeIs(2));
  EXPECT_EQ(client.results.at(0).outputs.at(0).failure, static_cast<std::uint32_t>(FailureKind::memory));
}

TEST_F(PoolMemoryTest, RefusesARecordThatNeedsMoreThanTheMachineHas) {
  options.machine_memory = 2000;
  WorkerPool pool(options);
  NotingClient client({"needs-memory 2001", "ok"});
  ASSERT_TRUE(run(pool, client, 2));
  EXPECT_THAT(client.results, SizeIs(1));
  EXPECT_EQ(client.failures.at(0).code, ErrorCode::limit_exceeded);
  EXPECT_THAT(client.failures.at(0).message, HasSubstr(" of memory, and there are only "));
}

// A memory file is memory, though it is resident in nobody.
TEST_F(PoolMemoryTest, RefusesOutputsBeyondTheCeiling) {
  WorkerPool pool(options);
  NotingClient client({"hand-over 300", "ok", "hand-over 200"});
  ASSERT_TRUE(run(pool, client, 3));
  EXPECT_THAT(client.results, SizeIs(2));
  EXPECT_TRUE(client.failures.contains(0));
}

// Those of records that are over are files of the worker's still.
class HoardingTest : public PoolMemoryTest, public testing::WithParamInterface<const char*> {};

TEST_P(HoardingTest, OutputFilesOfOneWorkerAreWithinItsCeilingTogether) {
#ifdef IMGOPT_SANITIZED
  GTEST_SKIP() << "ceilings are eight times as high";
#endif
  WorkerPool pool(options);
  NotingClient client({GetParam(), "hoard 150", "crash-once " + scratch.path("flag")});
  ASSERT_TRUE(run(pool, client, 3));
  EXPECT_THAT(client.results, SizeIs(3));
  EXPECT_EQ(pool.counters().crashes, 2u);
  // After the one that crashed, where memory was the cause.
  EXPECT_EQ(client.ended.back(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Befores, HoardingTest, testing::Values("ok", "needs-memory 1001"),
                         [](const auto& test) { return test.index == 0 ? "Done" : "Refused"; });

TEST_F(PoolMemoryTest, EndsAWorkerThatSealsItsOutputFile) {
  WorkerPool pool(options);
  NotingClient client({"seal", "ok"});
  ASSERT_TRUE(run(pool, client, 2));
  EXPECT_THAT(client.results, SizeIs(2));
  EXPECT_EQ(pool.counters().crashes, 1u);
}

#ifndef IMGOPT_SANITIZED

// The kernel refuses what is beyond the ceiling, however fast a worker takes it.
TEST_F(PoolMemoryTest, EndsARecordThatAllocatesBeyondItsCeiling) {
  WorkerPool pool(options);
  NotingClient client({"allocate 300", "ok", "allocate 100"});
  ASSERT_TRUE(run(pool, client, 3));
  EXPECT_THAT(client.results, SizeIs(2));
  ASSERT_TRUE(client.failures.contains(0));
  EXPECT_THAT(client.failures.at(0).message, HasSubstr("memory ran out below its ceiling of 256 MiB"));
  EXPECT_EQ(client.ended.back(), 0u);
}

// Shared pages are no data to the kernel: the tool sees them.
TEST_F(PoolMemoryTest, EndsARecordWhoseSharedMemoryGrowsBeyondItsCeiling) {
  WorkerPool pool(options);
  NotingClient client({"swell 300", "ok"});
  ASSERT_TRUE(run(pool, client, 2));
  EXPECT_THAT(client.results, SizeIs(1));
  ASSERT_TRUE(client.failures.contains(0));
  EXPECT_EQ(client.failures.at(0).code, ErrorCode::limit_exceeded);
  EXPECT_THAT(client.failures.at(0).message, HasSubstr("it used more memory than its ceiling of 256 MiB"));
}

TEST_F(PoolMemoryTest, CountsOutputsBesideWhatIsResident) {
  WorkerPool pool(options);
  NotingClient client({"hand-over-and-swell 150"});
  ASSERT_TRUE(run(pool, client, 1));
  ASSERT_TRUE(client.failures.contains(0));
  EXPECT_THAT(client.failures.at(0).message, HasSubstr("it used more memory than its ceiling of 256 MiB"));
}

#endif

}  // namespace
}  // namespace imgopt
