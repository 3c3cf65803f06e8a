// PoolRun: one call of WorkerPool::run, private to the pool. worker_pool.cpp has its loop, pool_dispatch.cpp
// hands records out, pool_events.cpp takes what workers say, pool_watch.cpp sees to those that say nothing.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tool/workers/worker_pool.hpp"

namespace imgopt {

// How often the loop turns at least, and how often it looks at deadlines and memory.
inline constexpr std::chrono::milliseconds k_pool_tick{100};

// One call of WorkerPool::run.
class WorkerPool::Run {
public:
  Run(WorkerPool& pool, const BatchManifest& manifest, std::uint32_t manifest_id,
      std::vector<std::uint32_t> order, RecordClient& client)
      : m_pool(pool),
        m_manifest(manifest),
        m_manifest_id(manifest_id),
        m_client(client),
        m_waiting(order.begin(), order.end()),
        m_share(std::max<std::uint64_t>(1, pool.m_options.memory_limit / std::max(1u, pool.m_options.jobs))) {
  }

  Result<void> loop();
  void count_waiting() const {
    if (m_serving.count() == 0)
      return;
    m_pool.m_counters.serving_us = static_cast<std::uint64_t>(m_serving.count());
    m_pool.m_counters.idle_us = static_cast<std::uint64_t>(m_idle.count());
  }

private:
  // How a record is to be dispatched beyond the first, ordinary time.
  struct Special {
    std::uint32_t record = 0;
    std::uint64_t memory = 0;  // bytes it may use
  };

  [[nodiscard]] bool is_over() const {
    return m_waiting.empty() && m_retries.empty() && m_alone.empty() && !any_in_hand();
  }
  [[nodiscard]] bool any_in_hand() const {
    return std::any_of(m_pool.m_workers.begin(), m_pool.m_workers.end(),
                       [](const WorkerProcess& w) { return !w.in_hand.empty(); });
  }
  Result<void> keep_enough_workers();
  Result<void> dispatch();
  // Whether a worker that has records in hand is to be given this one too, while `idle` workers have none.
  [[nodiscard]] bool may_queue(const WorkerProcess& worker, std::uint32_t record, std::size_t idle) const;
  void note_pace(std::uint64_t cost, std::uint64_t cpu_us);
  // How long a record takes, by what those took that were done last; there must be one.
  [[nodiscard]] std::chrono::microseconds expected_time(std::uint32_t record) const;
  // False: the record could not be dispatched to this worker, which is then dead.
  bool give(WorkerProcess& worker, std::uint32_t record, std::uint64_t memory);
  // What `worker` is to be given for a record whose source is `source`.
  [[nodiscard]] Result<DispatchedRecord> make_up(WorkerProcess& worker, std::uint32_t record, int source,
                                                 std::uint64_t memory) const;
  // The most pixels that a record's source can have.
  [[nodiscard]] std::uint64_t most_pixels_of(const DispatchedRecord& record) const;
  // What a record gets that runs alone: all there is, or what it asked for where that is more.
  [[nodiscard]] std::uint64_t all_memory(std::uint32_t record) const;
  // Of a worker that is given one record more.
  [[nodiscard]] static MemoryCeiling ceiling_for(const WorkerProcess& worker, const DispatchedRecord& more);
  // The workers that have something to say, in order; at most k_pool_tick and k_gathering later than now.
  [[nodiscard]] std::vector<std::size_t> wait_for_events();
  // Waits on while no worker is about to run out of records: a result costs the tool half as much where it is
  // taken together with others, since caches are warm after the first.
  void let_results_gather() const;
  // How long the records take that a worker has in hand and has not begun.
  [[nodiscard]] std::chrono::microseconds queued_work(const WorkerProcess& worker) const;
  void take_packets(std::size_t index);
  Result<void> understand(WorkerProcess& worker, const Packet& packet);
  [[nodiscard]] Result<void> check_outputs(const DispatchedRecord& given, const RecordResult& result) const;
  Result<void> take_result(WorkerProcess& worker, std::uint64_t sequence);
  // Kills the workers that take longer, or more, than they may.
  void watch_workers() const;
  void watch_record(WorkerProcess& worker) const;
  // Takes nothing more from a worker, which is killed for `why` or is dying by itself; how it ended is learnt
  // without the others waiting for it.
  void give_up(std::size_t index, std::optional<Error> why);
  // Sees to what a worker leaves that has ended.
  void bury(std::size_t index);
  // Ends a worker that is spent; what is queued with it counts as not begun.
  void dismiss(std::size_t index);
  void tell_progress();
  void note_last_dispatch();

  WorkerPool& m_pool;
  const BatchManifest& m_manifest;
  std::uint32_t m_manifest_id;
  RecordClient& m_client;
  std::deque<std::uint32_t> m_waiting;
  std::deque<std::uint32_t> m_retries;  // each wants a fresh worker
  std::deque<Special> m_alone;          // each wants the machine to itself, after everything else
  std::map<std::uint32_t, unsigned> m_deaths;
  std::map<std::uint32_t, std::uint64_t> m_needs;  // bytes that a record once asked for
  std::uint64_t m_share;
  double m_recent_cost = 0;  // of records done, and their CPU time
  double m_recent_time_us = 0;
  std::chrono::steady_clock::time_point m_next_look;  // at deadlines and memory
  std::chrono::microseconds m_serving{};
  std::chrono::microseconds m_idle{};
  unsigned m_failed_starts = 0;
  std::string m_start_failure;
};

}  // namespace imgopt
