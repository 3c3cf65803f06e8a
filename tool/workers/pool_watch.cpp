#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>

#include "tool/workers/believable.hpp"
#include "tool/workers/deadline.hpp"
#include "tool/workers/pool_run.hpp"

namespace imgopt {

namespace {

using Clock = std::chrono::steady_clock;

// From exec to `ready`, codecs loaded: 50 ms here; a machine in trouble gets a thousand times that.
constexpr std::chrono::seconds k_start_deadline{60};
// From a worker's closing of its socket to its end, where it is dying.
constexpr std::chrono::milliseconds k_end_grace{1000};
// Codecs are told to use one thread. Those that do not obey start a few (seven at once were seen), or as many
// as there are cores.
constexpr unsigned k_most_threads = 64;
constexpr unsigned k_most_threads_by_core = 4;
// With nothing in hand a worker waits at its socket.
constexpr std::chrono::milliseconds k_idle_cpu{1000};
// More than any pipe holds, so not what was written before.
constexpr std::uint64_t k_idle_error_bytes = 2u << 20;

Error beyond_limit(std::string what) {
  return {ErrorCode::limit_exceeded, std::move(what)};
}

void watch_memory(WorkerProcess& worker) {
  const std::uint64_t most = worker.ceiling.resident;
  if (worker.killed_for || most == 0 || worker.process().resident_memory() + worker.output_memory() <= most)
    return;
  worker.was_killed_for_memory = true;
  worker.kill_for(beyond_limit("it used more memory than its ceiling of " + mebibytes_text(most)));
}

void watch_threads(WorkerProcess& worker) {
  static const unsigned most =
      k_most_threads + k_most_threads_by_core * static_cast<unsigned>(::sysconf(_SC_NPROCESSORS_CONF));
  if (worker.process().thread_count() > most)
    worker.kill_for(beyond_limit("it started more threads than any codec: " + std::to_string(most)));
}

void watch_idleness(WorkerProcess& worker) {
  if (worker.idle_cpu() > k_idle_cpu || worker.idle_error_bytes() > k_idle_error_bytes)
    worker.kill_for(beyond_limit("it was busy with nothing to do"));
}

}  // namespace

void WorkerPool::Run::watch_workers() const {
  for (WorkerProcess& worker : m_pool.m_workers) {
    const auto now = Clock::now();
    if (worker.given_up) {
      if (now - *worker.given_up > k_end_grace)
        worker.kill_for({ErrorCode::worker_crashed, "the worker closed its connection and went on"});
      continue;
    }
    if (!worker.is_ready) {
      if (now - worker.started > k_start_deadline)
        worker.kill_for(beyond_limit("it was not ready in time"));
      continue;
    }
    if (worker.in_hand.empty())
      watch_idleness(worker);
    else
      watch_record(worker);
    watch_threads(worker);
    watch_memory(worker);
  }
}

void WorkerPool::Run::watch_record(WorkerProcess& worker) const {
  const DispatchedRecord& running = worker.in_hand.front();
  // The pixels are the worker's word, believed up to what the source can have.
  const std::uint64_t pixels =
      std::min(worker.results().progress.pixels.load(std::memory_order_relaxed), most_pixels_of(running));
  std::uint64_t estimated = 0;
  for (const BatchOutput& output : m_manifest.outputs_of(m_manifest.records()[running.record]))
    estimated += estimated_cost_us(m_manifest.settings_of(output), pixels);
  const auto limit = cpu_deadline(m_pool.m_options.timeout, estimated);
  if (worker.process().cpu_time() - running.cpu_at_begin > limit)
    worker.kill_for(beyond_limit("it used more CPU time than its deadline of " +
                                 std::to_string(limit.count() / 1'000'000) + " s"));
  else if (Clock::now() - running.began > limit * k_wall_factor)
    worker.kill_for(beyond_limit("it did not end within ten times its deadline"));
}

}  // namespace imgopt
