// How the pool survives workers that die, hang, lie or never start.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "tests/unit/tool/core/pool_fixture.hpp"
#include "tool/workers/worker_pool.hpp"

namespace imgopt {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::size_t times_opened(const NotingClient& client, std::uint32_t record) {
  return static_cast<std::size_t>(std::count(client.opened.begin(), client.opened.end(), record));
}

struct Death {
  std::string behaviour;
  std::string told;  // part of the failure's message
};

class BadRecordTest : public PoolTest, public testing::WithParamInterface<Death> {};

TEST_P(BadRecordTest, FailsAfterTwoWorkersAndStopsNoOther) {
  options.setup.max_pixels = 1u << 20;
  WorkerPool pool(options);
  NotingClient client({"ok", GetParam().behaviour, "ok", "ok"});
  ASSERT_TRUE(run(pool, client, 4));
  EXPECT_THAT(client.results, SizeIs(3));
  ASSERT_THAT(client.failures, SizeIs(1));
  EXPECT_EQ(client.failures.at(1).code, ErrorCode::worker_crashed);
  EXPECT_THAT(client.failures.at(1).message, HasSubstr(GetParam().told));
  EXPECT_EQ(times_opened(client, 1), 2u);
  EXPECT_EQ(pool.counters().crashes, 2u);
}

INSTANTIATE_TEST_SUITE_P(
    Behaviours, BadRecordTest,
    testing::Values(Death{"crash", "the worker was lost: killed by SIGABRT"},
                    Death{"kill", "killed by SIGKILL"}, Death{"exit", "exit status 9"},
                    Death{"complain", "exit status 9 (last words)"},
                    Death{"close-and-stay", "the worker closed its connection and went on"},
                    Death{"unknown-message", "the worker told nonsense: an unknown message"},
                    Death{"short-message", "the worker told nonsense: an unknown message"},
                    Death{"empty-message", "the worker told nonsense: worker socket: an empty packet"},
                    Death{"long-message", "longer than any message"},
                    Death{"ready-again", "it is of another version"},
                    Death{"done-without-result", "a record is done without a result"},
                    Death{"needs-memory-for-another", "a record needs memory that it was not given"},
                    Death{"done-of-another", "a record is done that it was not given"},
                    Death{"outside", "an output lies outside its memory file"},
                    Death{"another-record", "they are not the dispatched record's"},
                    Death{"huge", "larger than the limits allow"}),
    [](const auto& test) {
      std::string name = test.param.behaviour;
      std::erase(name, '-');
      return name;
    });

class PoolDeathsTest : public PoolTest {};

TEST_F(PoolDeathsTest, RetriesRemainingRecordsAfterACrash) {
  WorkerPool pool(options);
  NotingClient client({"crash", "ok", "ok"});
  ASSERT_TRUE(run(pool, client, 3));
  EXPECT_THAT(client.failures, SizeIs(1));
  // What was queued behind the crash was not begun, and no try of its own is counted against it.
  EXPECT_TRUE(client.results.contains(1));
  EXPECT_TRUE(client.results.contains(2));
  EXPECT_EQ(pool.counters().workers, 3u);
}

TEST_F(PoolDeathsTest, BlamesOnlyTheRunningRecord) {
  // Two crashes pass while each of the others is queued behind one.
  WorkerPool pool(options);
  NotingClient client({"crash", "crash", "crash", "ok", "ok", "ok"});
  ASSERT_TRUE(run(pool, client, 6));
  EXPECT_THAT(client.failures, SizeIs(3));
  EXPECT_THAT(client.results, SizeIs(3));
  EXPECT_EQ(pool.counters().crashes, 6u);
}

TEST_F(PoolDeathsTest, LosesNothingOfALongQueue) {
  options.jobs = 2;
  WorkerPool pool(options);
  std::vector<std::string> sources(120, "ok");
  sources[30] = "crash";
  sources[60] = "crash-after-publishing";
  sources[80] = "warn";
  NotingClient client(sources);
  ASSERT_TRUE(run(pool, client, sources.size()));
  EXPECT_THAT(client.results, SizeIs(119));
  EXPECT_TRUE(client.failures.contains(30));
  EXPECT_EQ(pool.counters().crashes, 3u);
}

TEST_F(PoolDeathsTest, KeepsWhatWasPublishedBeforeTheDeath) {
  WorkerPool pool(options);
  NotingClient client({"crash-after-publishing"});
  ASSERT_TRUE(run(pool, client, 1));
  EXPECT_THAT(client.results, SizeIs(1));
  EXPECT_THAT(client.failures, IsEmpty());
  EXPECT_EQ(times_opened(client, 0), 1u);
  EXPECT_EQ(pool.counters().crashes, 1u);
}

TEST_F(PoolDeathsTest, ARecordThatCrashedOnceIsDoneByAFreshWorker) {
  WorkerPool pool(options);
  NotingClient client({"ok", "crash-once " + scratch.path("flag"), "ok"});
  ASSERT_TRUE(run(pool, client, 3));
  EXPECT_THAT(client.results, SizeIs(3));
  EXPECT_EQ(pool.counters().crashes, 1u);
  EXPECT_NE(client.results.at(1).peak_memory, client.results.at(0).peak_memory);
}

TEST_F(PoolDeathsTest, ARecordKilledFromOutsideIsDoneLastAndWithAllMemory) {
  options.jobs = 2;
  WorkerPool pool(options);
  NotingClient client({"kill-once " + scratch.path("flag"), "ok", "ok", "ok", "ok"});
  ASSERT_TRUE(run(pool, client, 5));
  EXPECT_THAT(client.results, SizeIs(5));
  EXPECT_EQ(client.ended.back(), 0u);
  EXPECT_EQ(client.results.at(0).outputs.at(0).cpu_us, 1000u);
}

TEST_F(PoolDeathsTest, IsolatedRecordsAreRetriedToo) {
  options.isolation = Isolation::own_worker;
  WorkerPool pool(options);
  NotingClient client({"crash", "ok", "crash-once " + scratch.path("flag")});
  ASSERT_TRUE(run(pool, client, 3));
  EXPECT_THAT(client.results, SizeIs(2));
  EXPECT_THAT(client.failures, SizeIs(1));
}

TEST_F(PoolDeathsTest, EndsARecordThatUsesTooMuchCpuTime) {
  options.timeout = std::chrono::milliseconds(20);
  WorkerPool pool(options);
  NotingClient client({"spin"});
  ASSERT_TRUE(run(pool, client, 1));
  EXPECT_EQ(client.failures.at(0).code, ErrorCode::limit_exceeded);
  EXPECT_THAT(client.failures.at(0).message, HasSubstr("it used more CPU time than its deadline of "));
  EXPECT_EQ(times_opened(client, 0), 2u);
  EXPECT_EQ(pool.counters().crashes, 2u);
}

TEST_F(PoolDeathsTest, EndsARecordThatWaitsForEver) {
  options.timeout = std::chrono::milliseconds(20);
  WorkerPool pool(options);
  NotingClient client({"sleep"});
  ASSERT_TRUE(run(pool, client, 1));
  EXPECT_EQ(client.failures.at(0).code, ErrorCode::limit_exceeded);
  EXPECT_THAT(client.failures.at(0).message, HasSubstr("it did not end within ten times its deadline"));
}

// What it claims would allow for years.
TEST_F(PoolDeathsTest, BelievesNoMorePixelsThanTheSourceCanHave) {
  options.timeout = std::chrono::milliseconds(20);
  options.setup.max_pixels = std::uint64_t{1} << 40;
  options.setup.max_total_pixels = std::uint64_t{1} << 44;
  WorkerPool pool(options);
  NotingClient client({"claim-pixels-and-spin"});
  ASSERT_TRUE(run(pool, client, 1));
  EXPECT_EQ(client.failures.at(0).code, ErrorCode::limit_exceeded);
}

TEST_F(PoolDeathsTest, EndsARecordThatWritesErrorsForEver) {
  options.timeout = std::chrono::milliseconds(20);
  WorkerPool pool(options);
  NotingClient client({"shout", "ok"});
  ASSERT_TRUE(run(pool, client, 2));
  EXPECT_THAT(client.results, SizeIs(1));
  EXPECT_EQ(client.failures.at(0).code, ErrorCode::limit_exceeded);
}

TEST_F(PoolDeathsTest, EndsARecordThatStartsThreadsForEver) {
  WorkerPool pool(options);
  const long threads = 100 + 4 * ::sysconf(_SC_NPROCESSORS_CONF);
  NotingClient client({"thread " + std::to_string(threads), "ok"});
  ASSERT_TRUE(run(pool, client, 2));
  EXPECT_THAT(client.results, SizeIs(1));
  EXPECT_EQ(client.failures.at(0).code, ErrorCode::limit_exceeded);
  EXPECT_THAT(client.failures.at(0).message, HasSubstr("it started more threads than any codec: "));
}

// It is given a second to end by itself; the loop turns meanwhile.
TEST_F(PoolDeathsTest, NobodyWaitsForAWorkerThatClosedItsSocket) {
  WorkerPool pool(options);
  NotingClient client({"close-and-stay " + scratch.path("closed")});
  std::size_t turns = 0;
  client.on_tick = [&] { turns += scratch.exists("closed") && pool.counters().crashes == 0 ? 1 : 0; };
  ASSERT_TRUE(run(pool, client, 1));
  EXPECT_THAT(client.failures, SizeIs(1));
  EXPECT_GE(turns, 2u);
}

class IdleWorkerTest : public PoolTest, public testing::WithParamInterface<const char*> {};

// The other record ends once the idle worker is gone.
TEST_P(IdleWorkerTest, IsEndedWhereItDoesMoreThanWait) {
  options.jobs = 2;
  WorkerPool pool(options);
  NotingClient client({"wait-for " + scratch.path("flag"), GetParam()});
  client.on_tick = [&] {
    if (pool.counters().crashes > 0)
      scratch.write("flag", "");
  };
  ASSERT_TRUE(run(pool, client, 2));
  EXPECT_THAT(client.results, SizeIs(2));
  EXPECT_THAT(client.failures, IsEmpty());
  EXPECT_EQ(pool.counters().crashes, 1u);
}

#ifdef IMGOPT_SANITIZED
INSTANTIATE_TEST_SUITE_P(Deeds, IdleWorkerTest, testing::Values("spin-afterwards", "shout-afterwards"));
#else
INSTANTIATE_TEST_SUITE_P(Deeds, IdleWorkerTest,
                         testing::Values("spin-afterwards", "shout-afterwards", "swell-afterwards 300"));
#endif

struct BadStart {
  std::string name;
  std::string told;
};

class BadStartTest : public PoolTest, public testing::WithParamInterface<BadStart> {};

TEST_P(BadStartTest, IsToldAfterThreeAttempts) {
  options.program = worker_named(GetParam().name);
  WorkerPool pool(options);
  NotingClient client({"ok", "ok"});
  const auto done = run(pool, client, 2);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::io);
  EXPECT_THAT(done.error().message, HasSubstr(options.program + ": the worker cannot start: "));
  EXPECT_THAT(done.error().message, HasSubstr(GetParam().told));
  EXPECT_EQ(pool.counters().workers, 3u);
  EXPECT_THAT(client.ended, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Starts, BadStartTest,
                         testing::Values(BadStart{"silent-exit", "exit status 5 (no codec)"},
                                         BadStart{"wrong-version", "another version"}),
                         [](const auto& test) {
                           std::string name = test.param.name;
                           std::erase(name, '-');
                           return name;
                         });

// Each worker is dead before a record can be sent to it.
TEST_F(PoolDeathsTest, EndsWhereEveryWorkerDiesOnceItIsReady) {
  options.program = worker_named("ready-exit");
  WorkerPool pool(options);
  NotingClient client({"ok", "ok"});
  client.on_open = [] {
    siginfo_t ended;
    ::waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT);
  };
  const auto done = run(pool, client, 2);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("the worker cannot start: "));
  EXPECT_EQ(pool.counters().workers, 3u);
  EXPECT_THAT(client.ended, IsEmpty());
}

TEST_F(PoolDeathsTest, SaysThatTheProgramIsNotThere) {
  options.program = scratch.path("gone");
  WorkerPool pool(options);
  NotingClient client({"ok"});
  const auto done = run(pool, client, 1);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr(options.program + ": cannot start"));
}

}  // namespace
}  // namespace imgopt
