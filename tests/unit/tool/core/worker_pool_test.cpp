#include "tool/workers/worker_pool.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <numeric>
#include <set>

#include "base/interrupts.hpp"
#include "tests/unit/tool/core/pool_fixture.hpp"

namespace imgopt {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Which process made a result, and what share of memory it was given: the fake worker says both.
std::uint64_t process_of(const NotingClient& client, std::uint32_t record) {
  return client.results.at(record).peak_memory;
}
std::uint64_t share_of(const NotingClient& client, std::uint32_t record) {
  return client.results.at(record).outputs.at(0).cpu_us;
}

class WorkerPoolTest : public PoolTest {};

TEST_F(WorkerPoolTest, DoesEveryRecordWithNoMoreWorkersThanJobs) {
  options.jobs = 3;
  WorkerPool pool(options);
  NotingClient client(std::vector<std::string>(20, "ok"));
  ASSERT_TRUE(run(pool, client, 20));
  EXPECT_THAT(client.results, SizeIs(20));
  EXPECT_THAT(client.failures, IsEmpty());
  for (const auto& [record, content] : client.contents)
    EXPECT_THAT(content, HasSubstr("WEBP0 ok"));
  EXPECT_EQ(pool.counters().workers, 3u);
  EXPECT_EQ(pool.counters().crashes, 0u);
  EXPECT_GT(client.ticks, 0u);
}

TEST_F(WorkerPoolTest, StartsNoMoreWorkersThanRecords) {
  options.jobs = 8;
  WorkerPool pool(options);
  NotingClient client({"ok", "ok"});
  ASSERT_TRUE(run(pool, client, 2));
  EXPECT_LE(pool.counters().workers, 2u);
}

TEST_F(WorkerPoolTest, DoesRecordsInTheOrderGiven) {
  WorkerPool pool(options);
  NotingClient client({"ok", "ok", "ok", "ok"});
  const TestBatch batch(4);
  ASSERT_TRUE(pool.run(batch.manifest(), batch.descriptor(), {2, 0, 3}, client));
  EXPECT_THAT(client.opened, ElementsAre(2, 0, 3));
  EXPECT_THAT(client.ended, ElementsAre(2, 0, 3));
}

// The most records that one worker had in hand.
std::size_t deepest_queue(const PoolOptions& options, const std::string& source) {
  constexpr std::size_t k_records = 60;
  WorkerPool pool(options);
  NotingClient client(std::vector<std::string>(k_records, source));
  std::size_t deepest = 0;
  client.on_open = [&] { deepest = std::max(deepest, client.opened.size() - client.ended.size()); };
  const TestBatch batch(k_records);
  std::vector<std::uint32_t> order(k_records);
  std::iota(order.begin(), order.end(), 0);
  EXPECT_TRUE(pool.run(batch.manifest(), batch.descriptor(), order, client));
  EXPECT_EQ(client.ended, order);
  return deepest;
}

TEST_F(WorkerPoolTest, QueuesRecordsUpToSomeWork) {
  EXPECT_EQ(deepest_queue(options, "takes-microseconds 100"), k_result_banks);
  EXPECT_EQ(deepest_queue(options, "takes-microseconds 10000"), 8u);
  EXPECT_EQ(deepest_queue(options, "takes-microseconds 1000000"), 2u);
  EXPECT_EQ(deepest_queue(options, "takes-microseconds 18446744073709551615"), 2u);
}

TEST_F(WorkerPoolTest, DoesNothingForNoRecords) {
  WorkerPool pool(options);
  NotingClient client({});
  EXPECT_TRUE(run(pool, client, 0));
  EXPECT_EQ(pool.counters().workers, 0u);
}

TEST_F(WorkerPoolTest, KeepsItsWorkersForTheNextManifest) {
  WorkerPool pool(options);
  for (int i = 0; i < 3; ++i) {
    NotingClient client({"ok", "ok"});
    ASSERT_TRUE(run(pool, client, 2));
    EXPECT_THAT(client.results, SizeIs(2));
  }
  EXPECT_EQ(pool.counters().workers, 1u);
}

TEST_F(WorkerPoolTest, GivesALateWorkerEveryManifestInOrder) {
  WorkerPool pool(options);
  NotingClient first({"ok"});
  ASSERT_TRUE(run(pool, first, 1));
  NotingClient second({"crash-once " + scratch.path("flag")});
  ASSERT_TRUE(run(pool, second, 1));
  EXPECT_THAT(second.results, SizeIs(1));
  EXPECT_EQ(pool.counters().workers, 2u);
}

TEST_F(WorkerPoolTest, KeepsOnlyWorkersThatHaveSeenNothing) {
  options.jobs = 3;
  WorkerPool pool(options);
  ASSERT_TRUE(pool.warm_up(3));
  NotingClient first({"ok"});
  ASSERT_TRUE(run(pool, first, 1));
  const std::uint64_t used = process_of(first, 0);
  pool.keep_fresh(1);
  EXPECT_EQ(pool.take_counters().workers, 3u);
  NotingClient second({"ok"});
  ASSERT_TRUE(run(pool, second, 1));
  EXPECT_NE(process_of(second, 0), used);
  EXPECT_EQ(pool.counters().workers, 0u);
}

TEST_F(WorkerPoolTest, WarmsUpNoMoreThanItsJobs) {
  options.jobs = 2;
  WorkerPool pool(options);
  ASSERT_TRUE(pool.warm_up(5));
  EXPECT_EQ(pool.counters().workers, 2u);
  NotingClient client({"ok", "ok", "ok"});
  ASSERT_TRUE(run(pool, client, 3));
  EXPECT_EQ(pool.counters().workers, 2u);
}

TEST_F(WorkerPoolTest, IsolatedRecordsHaveAWorkerEach) {
  options.isolation = Isolation::own_worker;
  options.jobs = 2;
  WorkerPool pool(options);
  NotingClient client(std::vector<std::string>(5, "ok"));
  ASSERT_TRUE(run(pool, client, 5));
  std::set<std::uint64_t> processes;
  for (std::uint32_t i = 0; i < 5; ++i)
    processes.insert(process_of(client, i));
  EXPECT_THAT(processes, SizeIs(5));
}

TEST_F(WorkerPoolTest, PassesOverASourceThatCannotBeOpened) {
  WorkerPool pool(options);
  NotingClient client({"ok", "unreadable", "ok"});
  ASSERT_TRUE(run(pool, client, 3));
  EXPECT_THAT(client.ended, ElementsAre(0, 2));
}

TEST_F(WorkerPoolTest, EndsWhereNoSourceCanBeOpened) {
  WorkerPool pool(options);
  NotingClient client({"unreadable", "unreadable"});
  EXPECT_TRUE(run(pool, client, 2));
  EXPECT_THAT(client.ended, IsEmpty());
}

TEST_F(WorkerPoolTest, TakesACleanFailureAsAResult) {
  WorkerPool pool(options);
  NotingClient client({"damaged"});
  ASSERT_TRUE(run(pool, client, 1));
  EXPECT_EQ(message_of(client.results.at(0).outputs.at(0)), "it is damaged");
  EXPECT_THAT(client.opened, SizeIs(1));
}

TEST_F(WorkerPoolTest, SharesItsMemoryAmongItsJobs) {
  options.jobs = 2;
  WorkerPool pool(options);
  NotingClient client({"ok"});
  ASSERT_TRUE(run(pool, client, 1));
  EXPECT_EQ(share_of(client, 0), 500u);
}

TEST_F(WorkerPoolTest, DoesARecordThatNeedsMoreThanItsShareLastAndWithAllMemory) {
  options.jobs = 2;
  WorkerPool pool(options);
  NotingClient client({"needs-memory 900", "ok", "ok", "ok", "ok"});
  ASSERT_TRUE(run(pool, client, 5));
  EXPECT_THAT(client.results, SizeIs(5));
  EXPECT_EQ(client.ended.back(), 0u);
  EXPECT_EQ(share_of(client, 0), 1000u);
  EXPECT_EQ(pool.counters().crashes, 0u);
}

TEST_F(WorkerPoolTest, LetsOneOversizedRecordRunAlone) {
  WorkerPool pool(options);
  NotingClient client({"needs-memory 5000", "needs-memory 7000", "ok"});
  ASSERT_TRUE(run(pool, client, 3));
  // A quarter more than it asked for, since that is an estimate.
  EXPECT_EQ(share_of(client, 0), 6250u);
  EXPECT_EQ(share_of(client, 1), 8750u);
}

TEST_F(WorkerPoolTest, GivesUpARecordThatIsNeverContentWithItsMemory) {
  WorkerPool pool(options);
  NotingClient client({"needs-all-memory", "ok"});
  ASSERT_TRUE(run(pool, client, 2));
  EXPECT_EQ(client.failures.at(0).code, ErrorCode::limit_exceeded);
  EXPECT_THAT(client.failures.at(0).message, HasSubstr("it needs more memory than it asked for: "));
  EXPECT_THAT(client.opened, ElementsAre(0, 1, 0));
  EXPECT_TRUE(client.results.contains(1));
}

TEST_F(WorkerPoolTest, CountsTheCpuTimeOfItsWorkers) {
  WorkerPool pool(options);
  NotingClient client({"ok"});
  ASSERT_TRUE(run(pool, client, 1));
  pool.stop();
  EXPECT_GT(pool.counters().cpu_us, 0u);
}

class WorkerPoolDeathTest : public PoolTest {
protected:
  // In a process of its own, since an interrupt is remembered for good.
  [[noreturn]] void interrupt_a_run() {
    Interrupts::install();
    options.jobs = 2;
    WorkerPool pool(options);
    NotingClient client({"ok", "sleep", "ok"});
    client.on_tick = [&] {
      if (client.results.size() == 2)
        ::raise(SIGINT);
    };
    const auto done = run(pool, client, 3);
    const bool is_right = !done && done.error().code == ErrorCode::interrupted && client.failures.empty() &&
                          pool.counters().crashes == 0;
    pool.stop();
    ::_exit(is_right ? 0 : 1);
  }
};

TEST_F(WorkerPoolDeathTest, InterruptedRunEndsAtOnceAndFailsNothing) {
  EXPECT_EXIT(interrupt_a_run(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace imgopt
