// The worker pool: dispatches the records of a batch to worker processes and survives whatever those do.
//
// One event loop in the calling thread does everything: it keeps one record running and one queued with every
// worker, takes results as they come, watches deadlines, replaces workers that die and remembers what a dead
// one held. A record whose worker died, overran its deadline or told nonsense is tried once more in a fresh
// worker, after everything else and alone where memory was the cause; then it has failed. A record that needs
// more than a worker's share of memory waits until the others are done and runs when it fits. What a record
// was granted is its worker's ceiling: the kernel holds it, and the tool looks at every tick. A worker in
// which a decoder complained or memory ran out is replaced before the next record. After an interrupt nothing
// more is started, what runs is given up without being counted as failed, and run() returns
// ErrorCode::interrupted. Below a make with a jobserver, no more workers are active than it has given us
// tokens, the implicit one included; waiting for a token is one more event of the loop.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/jobserver.hpp"
#include "base/result.hpp"
#include "protocol/batch_manifest.hpp"
#include "protocol/dispatch.hpp"
#include "protocol/record_results.hpp"
#include "tool/settings/run_options.hpp"
#include "tool/workers/worker_process.hpp"

namespace imgopt {

struct PoolOptions {
  std::string program;  // of the worker
  unsigned jobs = 1;
  std::uint64_t memory_limit = 0;             // bytes, all workers together
  std::uint64_t machine_memory = UINT64_MAX;  // bytes: what no record gets more than
  std::chrono::milliseconds timeout{60'000};  // CPU time a record may use beside what its pixels allow
  Isolation isolation = Isolation::shared_worker;
  MakeJobs make_jobs;  // where a make that started us keeps its tokens
  SetupMessage setup;  // limits and sandbox mode; the nonce is the run's
  bool operator==(const PoolOptions&) const = default;
};

struct PoolCounters {
  std::uint64_t workers = 0;  // started
  std::uint64_t crashes = 0;  // deaths, overruns and nonsense
  std::uint64_t cpu_us = 0;   // of all workers, start included
  // Of the workers that were there when the last record was handed out, from the first record of each until
  // then, summed; and how much of that they waited for a record, by their own account.
  std::uint64_t serving_us = 0;
  std::uint64_t idle_us = 0;
};

// How a record ended that has no result. The image's own clean failures are results and come as such.
struct RecordFailure {
  ErrorCode code = ErrorCode::worker_crashed;
  std::string message;
};

// What the pool asks and tells, always from the thread that called run().
class RecordClient {
public:
  virtual ~RecordClient() = default;
  // The bytes of a record's source as a sealed memory file. On failure the record is over: `failed` is not
  // called.
  virtual Result<Descriptor> open_source(std::uint32_t record) = 0;
  // A record is done; its outputs lie in `output` at the ranges that `result` names, which have been checked.
  virtual void finished(std::uint32_t record, const RecordResult& result, int output) = 0;
  virtual void failed(std::uint32_t record, const RecordFailure& failure) = 0;
  // Called at least ten times a second while run() waits, and after every record.
  virtual void tick(std::span<const std::uint32_t> running) = 0;
};

class WorkerPool {
public:
  explicit WorkerPool(PoolOptions options);
  // Ends the workers.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Starts workers ahead of run(), so that their start overlaps what the tool does meanwhile: until there are
  // `workers`, at most `jobs`.
  [[nodiscard]] Result<void> warm_up(std::size_t workers);

  // Does the given records of a manifest, in the order given. `descriptor` is the manifest's sealed memory
  // file. Fails where no worker can be started at all, or when interrupted; then some records were neither
  // finished nor failed.
  [[nodiscard]] Result<void> run(const BatchManifest& manifest, int descriptor,
                                 std::vector<std::uint32_t> order, RecordClient& client);

  // Ends the workers and counts their CPU time.
  void stop();
  // Ends the workers that were given a record, and all others but `spare`; forgets the manifests. What is
  // left has seen nothing, so that the next run begins as a first one does.
  void keep_fresh(unsigned spare);
  [[nodiscard]] const PoolOptions& options() const { return m_options; }
  [[nodiscard]] const PoolCounters& counters() const { return m_counters; }
  // The counters so far; they begin at zero again.
  PoolCounters take_counters() { return std::exchange(m_counters, {}); }

private:
  class Run;
  [[nodiscard]] Result<void> start_worker();
  // Workers that start or have records in hand; the others cost nothing.
  [[nodiscard]] std::size_t active() const;
  // Whether one more worker may become active: the first always may, each other needs a token of the
  // jobserver, where there is one. Takes that token.
  [[nodiscard]] bool may_activate();
  void return_spare_tokens();
  void retire(std::size_t index);

  PoolOptions m_options;
  PoolCounters m_counters;
  std::optional<Jobserver> m_jobserver;
  bool m_wants_token = false;  // more could be done at once than there are tokens for
  std::vector<WorkerProcess> m_workers;
  std::vector<Descriptor> m_manifests;  // every manifest since workers were last kept, by id
};

}  // namespace imgopt
