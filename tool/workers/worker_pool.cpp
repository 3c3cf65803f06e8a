#include "tool/workers/worker_pool.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/interrupts.hpp"
#include "tool/workers/pool_run.hpp"

namespace imgopt {

namespace {

// Deaths before the first record in a row after which no further start is tried.
constexpr unsigned k_start_attempts = 3;

}  // namespace

Result<void> WorkerPool::Run::loop() {
  while (!is_over()) {
    if (Interrupts::pending() != 0)
      return interrupted();
    m_pool.m_wants_token = false;
    // In this order: a token is worth more to a worker that is there than to one that must start.
    IMGOPT_TRY(dispatch());
    IMGOPT_TRY(keep_enough_workers());
    m_pool.return_spare_tokens();
    if (is_over())
      break;
    const std::vector<std::size_t> awake = wait_for_events();
    // Backwards, since burying a worker takes it out of the list.
    for (auto index = awake.rbegin(); index != awake.rend(); ++index)
      take_packets(*index);
    if (std::chrono::steady_clock::now() >= m_next_look) {
      watch_workers();
      m_next_look = std::chrono::steady_clock::now() + k_pool_tick;
    }
    tell_progress();
  }
  return {};
}

Result<void> WorkerPool::Run::keep_enough_workers() {
  if (m_failed_starts >= k_start_attempts && any_in_hand())
    return {};
  if (m_failed_starts >= k_start_attempts)
    return fail(ErrorCode::io, m_pool.m_options.program + ": the worker cannot start: " + m_start_failure);
  const std::size_t work = m_waiting.size() + m_retries.size() + m_alone.size();
  const std::size_t busy =
      static_cast<std::size_t>(std::count_if(m_pool.m_workers.begin(), m_pool.m_workers.end(),
                                             [](const WorkerProcess& w) { return !w.in_hand.empty(); }));
  const std::size_t wanted = std::min<std::size_t>(m_pool.m_options.jobs, work + busy);
  while (m_pool.m_workers.size() < wanted && m_pool.may_activate())
    IMGOPT_TRY(m_pool.start_worker());
  return {};
}

void WorkerPool::Run::tell_progress() {
  std::vector<std::uint32_t> running;
  for (const WorkerProcess& worker : m_pool.m_workers)
    if (!worker.in_hand.empty())
      running.push_back(worker.in_hand.front().record);
  m_client.tick(running);
}

WorkerPool::WorkerPool(PoolOptions options)
    : m_options(std::move(options)), m_jobserver(Jobserver::connect(m_options.make_jobs)) {}

WorkerPool::~WorkerPool() {
  stop();
}

Result<void> WorkerPool::start_worker() {
  IMGOPT_ASSIGN(WorkerProcess worker, WorkerProcess::start(m_options.program, m_options.setup));
  m_workers.push_back(std::move(worker));
  ++m_counters.workers;
  return {};
}

std::size_t WorkerPool::active() const {
  return static_cast<std::size_t>(
      std::count_if(m_workers.begin(), m_workers.end(),
                    [](const WorkerProcess& w) { return !w.is_ready || !w.in_hand.empty(); }));
}

bool WorkerPool::may_activate() {
  if (!m_jobserver || active() < 1 + m_jobserver->held() || m_jobserver->try_acquire())
    return true;
  m_wants_token = true;
  return false;
}

void WorkerPool::return_spare_tokens() {
  if (!m_jobserver)
    return;
  const std::size_t needed = std::max<std::size_t>(1, active()) - 1;
  if (m_jobserver->held() > needed)
    m_jobserver->release(m_jobserver->held() - needed);
}

void WorkerPool::retire(std::size_t index) {
  WorkerProcess& worker = m_workers[index];
  m_counters.cpu_us += static_cast<std::uint64_t>(worker.process().cpu_time().count());
  m_workers.erase(m_workers.begin() + static_cast<std::ptrdiff_t>(index));
}

Result<void> WorkerPool::warm_up(std::size_t workers) {
  while (m_workers.size() < std::min<std::size_t>(workers, m_options.jobs) && may_activate())
    IMGOPT_TRY(start_worker());
  return {};
}

Result<void> WorkerPool::run(const BatchManifest& manifest, int descriptor, std::vector<std::uint32_t> order,
                             RecordClient& client) {
  const int copy = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  if (copy < 0)
    return system_error("batch manifest", "cannot duplicate its descriptor", errno);
  m_manifests.emplace_back(copy);
  Run run(*this, manifest, static_cast<std::uint32_t>(m_manifests.size() - 1), std::move(order), client);
  auto done = run.loop();
  run.count_waiting();
  return_spare_tokens();
  return done;
}

void WorkerPool::stop() {
  keep_fresh(0);
}

void WorkerPool::keep_fresh(unsigned spare) {
  for (std::size_t i = m_workers.size(); i-- > 0;)
    if (m_workers[i].records_taken > 0)
      retire(i);
  while (m_workers.size() > spare)
    retire(m_workers.size() - 1);
  m_manifests.clear();
  return_spare_tokens();
}

}  // namespace imgopt
