// The worker pool below a make with a jobserver.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "tests/unit/tool/core/pool_fixture.hpp"
#include "tool/workers/worker_pool.hpp"

namespace imgopt {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class WorkerPoolJobserverTest : public PoolTest {
protected:
  WorkerPoolJobserverTest() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    m_read_end = Descriptor(ends[0]);
    m_write_end = Descriptor(ends[1]);
    options.make_jobs.read_end = m_read_end.get();
    options.make_jobs.write_end = m_write_end.get();
    options.jobs = 4;
  }
  void put(const std::string& tokens) const {
    EXPECT_EQ(::write(m_write_end.get(), tokens.data(), tokens.size()), static_cast<ssize_t>(tokens.size()));
  }
  [[nodiscard]] int tokens() const {
    int waiting = -1;
    ::ioctl(m_read_end.get(), FIONREAD, &waiting);
    return waiting;
  }
  Descriptor m_read_end;
  Descriptor m_write_end;
};

TEST_F(WorkerPoolJobserverTest, WithoutATokenOneWorkerDoesEverything) {
  WorkerPool pool(options);
  ASSERT_TRUE(pool.warm_up(4));
  NotingClient client(std::vector<std::string>(12, "ok"));
  ASSERT_TRUE(run(pool, client, 12));
  EXPECT_THAT(client.results, SizeIs(12));
  EXPECT_EQ(pool.counters().workers, 1u);
}

TEST_F(WorkerPoolJobserverTest, RunsNoMoreWorkersThanTokensAndTheImplicitOne) {
  put("ab");
  WorkerPool pool(options);
  NotingClient client(std::vector<std::string>(12, "ok"));
  int fewest = 2;
  client.on_tick = [&] { fewest = std::min(fewest, tokens()); };
  ASSERT_TRUE(run(pool, client, 12));
  EXPECT_EQ(pool.counters().workers, 3u);
  EXPECT_EQ(fewest, 0) << "tokens were not taken";
  pool.stop();
  EXPECT_EQ(tokens(), 2) << "tokens were not given back";
}

TEST_F(WorkerPoolJobserverTest, TokenThatComesLateIsUsed) {
  WorkerPool pool(options);
  NotingClient client(std::vector<std::string>(40, "ok"));
  bool is_given = false;
  client.on_tick = [&] {
    if (!client.ended.empty() && !is_given) {
      put("a");
      is_given = true;
    }
  };
  ASSERT_TRUE(run(pool, client, 40));
  EXPECT_EQ(pool.counters().workers, 2u);
}

TEST_F(WorkerPoolJobserverTest, DeathsAndRetriesLoseNoToken) {
  put("ab");
  {
    WorkerPool pool(options);
    NotingClient client({"ok", "crash", "ok", "crash", "ok", "ok", "ok"});
    ASSERT_TRUE(run(pool, client, 7));
    EXPECT_THAT(client.failures, SizeIs(2));
    EXPECT_THAT(client.results, SizeIs(5));
  }
  EXPECT_EQ(tokens(), 2);
}

TEST_F(WorkerPoolJobserverTest, IsolatedRecordsEndWithOneTokenToo) {
  options.isolation = Isolation::own_worker;
  WorkerPool pool(options);
  NotingClient client(std::vector<std::string>(5, "ok"));
  ASSERT_TRUE(run(pool, client, 5));
  EXPECT_THAT(client.failures, IsEmpty());
  EXPECT_EQ(pool.counters().workers, 5u);
}

}  // namespace
}  // namespace imgopt
