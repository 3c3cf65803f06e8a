#include <algorithm>
#include <utility>

#include "base/file.hpp"
#include "tool/workers/believable.hpp"
#include "tool/workers/pool_run.hpp"

namespace imgopt {

namespace {

// One running, one queued: the next record is there the moment one is done.
constexpr std::size_t k_records_in_hand = 2;
static_assert(k_records_in_hand <= k_result_banks);
// Small records are queued up to so much work, so that their results are taken several at a time
// (let_results_gather).
constexpr std::chrono::milliseconds k_work_in_hand{80};
// With all workers together, since each takes two descriptors.
constexpr std::size_t k_records_with_all = 256;
// By which a source's size raises a worker's limits.
constexpr std::uint64_t k_source_step = std::uint64_t{16} << 20;

}  // namespace

Result<void> WorkerPool::Run::dispatch() {
  const bool isolated = m_pool.m_options.isolation == Isolation::own_worker;
  for (std::size_t i = m_pool.m_workers.size(); i-- > 0;) {
    WorkerProcess& worker = m_pool.m_workers[i];
    if (!worker.can_take())
      continue;
    // A used worker that waits for nothing is replaced where the next record wants a fresh one.
    const bool is_used = worker.records_taken > 0;
    const bool wants_fresh = isolated || (m_waiting.empty() && !m_retries.empty());
    if (is_used && worker.in_hand.empty() && wants_fresh && !(m_waiting.empty() && m_retries.empty())) {
      if (!m_pool.may_activate())
        continue;
      m_pool.retire(i);
      IMGOPT_TRY(m_pool.start_worker());
      continue;
    }
    const bool has_work = isolated ? !is_used && !m_waiting.empty() : !m_waiting.empty();
    const bool has_retry = !is_used && !m_retries.empty();
    if (worker.in_hand.empty() && (has_work || has_retry) && !m_pool.may_activate())
      continue;
    if (has_retry) {
      const std::uint32_t record = m_retries.front();
      m_retries.pop_front();
      give(worker, record, m_share);
      continue;
    }
    if (isolated && is_used)
      continue;
    while (!m_waiting.empty()) {
      const auto idle = std::count_if(m_pool.m_workers.begin(), m_pool.m_workers.end(),
                                      [](const WorkerProcess& w) { return w.in_hand.empty(); });
      const std::uint32_t record = m_waiting.front();
      if (!worker.in_hand.empty() && (isolated || !may_queue(worker, record, static_cast<std::size_t>(idle))))
        break;
      m_waiting.pop_front();
      if (!give(worker, record, m_share))
        break;
    }
  }
  if (m_waiting.empty() && m_retries.empty() && !m_alone.empty() && !any_in_hand()) {
    const auto ready = std::find_if(m_pool.m_workers.begin(), m_pool.m_workers.end(),
                                    [](const WorkerProcess& w) { return w.can_take(); });
    if (ready == m_pool.m_workers.end())
      return {};
    if (!m_pool.may_activate())
      return {};
    if (ready->records_taken > 0) {
      m_pool.retire(static_cast<std::size_t>(ready - m_pool.m_workers.begin()));
      return m_pool.start_worker();
    }
    const Special special = m_alone.front();
    m_alone.pop_front();
    give(*ready, special.record, special.memory);
  }
  return {};
}

bool WorkerPool::Run::may_queue(const WorkerProcess& worker, std::uint32_t record, std::size_t idle) const {
  // Only while there is more than enough for those that have none.
  if (worker.in_hand.size() < k_records_in_hand)
    return m_waiting.size() > idle;
  const std::size_t jobs = std::max(1u, m_pool.m_options.jobs);
  if (m_recent_cost == 0 || m_waiting.size() <= jobs * k_result_banks ||
      worker.in_hand.size() >= std::min<std::size_t>(k_result_banks, k_records_with_all / jobs))
    return false;
  std::chrono::microseconds work = expected_time(record);
  for (const DispatchedRecord& other : worker.in_hand)
    work += expected_time(other.record);
  return work <= k_work_in_hand;
}

std::chrono::microseconds WorkerPool::Run::expected_time(std::uint32_t record) const {
  const auto cost = static_cast<double>(m_manifest.records()[record].cost);
  // A worker says what it likes; more than this makes no difference.
  constexpr double k_most_us = 1e9;
  return std::chrono::microseconds(
      static_cast<std::int64_t>(std::min(cost * m_recent_time_us / m_recent_cost, k_most_us)));
}

std::uint64_t WorkerPool::Run::all_memory(std::uint32_t record) const {
  const auto asked = m_needs.find(record);
  if (asked == m_needs.end() || asked->second <= m_pool.m_options.memory_limit)
    return m_pool.m_options.memory_limit;
  // A quarter more, since what a record asks for is an estimate from its header.
  const std::uint64_t more = asked->second / 4;
  const std::uint64_t most = m_pool.m_options.machine_memory;
  return asked->second > most - std::min(most, more) ? most : asked->second + more;
}

MemoryCeiling WorkerPool::Run::ceiling_for(const WorkerProcess& worker, const DispatchedRecord& more) {
  std::uint64_t source = more.source_bytes;
  for (const DispatchedRecord& other : worker.in_hand)
    source = std::max(source, other.source_bytes);
  // In steps, so that most records need no other limits than the one before.
  return ceiling_of(more.memory, (source + k_source_step - 1) / k_source_step * k_source_step);
}

std::uint64_t WorkerPool::Run::most_pixels_of(const DispatchedRecord& record) const {
  const BatchSource& source = m_manifest.source_of(m_manifest.records()[record.record]);
  return most_pixels(static_cast<ImageFormat>(source.format), record.source_bytes, m_pool.m_options.setup);
}

Result<DispatchedRecord> WorkerPool::Run::make_up(WorkerProcess& worker, std::uint32_t record, int source,
                                                  std::uint64_t memory) const {
  DispatchedRecord made;
  made.record = record;
  made.output_count = m_manifest.records()[record].output_count;
  IMGOPT_ASSIGN(const FileStatus status, stat_descriptor(source, "imgopt-source"));
  made.source_bytes = status.stat.size;
  IMGOPT_ASSIGN(made.output, worker.take_output_file());
  made.memory = memory;
  made.ceiling = ceiling_for(worker, made);
  return made;
}

bool WorkerPool::Run::give(WorkerProcess& worker, std::uint32_t record, std::uint64_t memory) {
  const auto source = m_client.open_source(record);
  if (!source)
    return true;
  auto made = make_up(worker, record, source->get(), memory);
  Result<void> sent;
  if (made) {
    while (sent && worker.manifests_sent <= m_manifest_id)
      sent = worker.send_manifest(worker.manifests_sent, m_pool.m_manifests[worker.manifests_sent].get());
    if (sent)
      sent = worker.send_record(m_manifest_id, std::move(*made), source->get());
  } else {
    sent = tl::unexpected<Error>(made.error());
  }
  if (sent && m_waiting.empty())
    note_last_dispatch();
  if (sent)
    return true;
  if (made && sent.error().code == ErrorCode::limit_exceeded) {
    // It lives and lets our messages lie: it could wait for ever, since nothing that it was given has a
    // deadline.
    worker.kill_for({ErrorCode::worker_crashed, sent.error().message});
    m_waiting.push_front(record);
  } else if (sent.error().code == ErrorCode::worker_crashed) {
    // It died with nothing of this record begun: its turn comes again. The event loop buries the worker.
    m_waiting.push_front(record);
  } else {
    m_client.failed(record, {sent.error().code, sent.error().message});
  }
  return false;
}

void WorkerPool::Run::note_last_dispatch() {
  m_serving = m_idle = {};
  for (const WorkerProcess& worker : m_pool.m_workers) {
    if (worker.records_taken == 0)
      continue;
    const auto served = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - worker.first_record);
    const std::uint64_t idle = worker.results().progress.idle_us.load(std::memory_order_relaxed);
    m_serving += served;
    m_idle += std::min(served, std::chrono::microseconds(std::min<std::uint64_t>(idle, INT64_MAX)));
  }
}

}  // namespace imgopt
