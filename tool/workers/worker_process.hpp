// WorkerProcess: one running imgopt-worker as the tool sees it: its socket, its results pages, what it was
// given.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/child_process.hpp"
#include "base/mapped_memory.hpp"
#include "base/packet_socket.hpp"
#include "base/result.hpp"
#include "protocol/dispatch.hpp"
#include "protocol/record_results.hpp"
#include "tool/workers/memory_ceiling.hpp"

namespace imgopt {

// A record that a worker was given and has not finished.
struct DispatchedRecord {
  std::uint32_t record = 0;
  std::uint32_t output_count = 0;
  std::uint64_t sequence = 0;      // given by send_record
  std::uint64_t source_bytes = 0;  // as handed over: the file may have grown since it was identified
  Descriptor output;
  // When it began, as far as we can know: at dispatch, or when the record before it was done.
  std::chrono::steady_clock::time_point began;
  std::chrono::microseconds cpu_at_begin{};
  std::uint64_t memory = 0;  // bytes granted
  MemoryCeiling ceiling;
};

// The environment of every worker: nothing but where its libraries are, and how sanitizers shall behave.
[[nodiscard]] std::vector<std::string> worker_environment();

class WorkerProcess {
public:
  // Starts the program and sends `setup`; `ready` comes later. Must be called by a thread that outlives the
  // worker.
  [[nodiscard]] static Result<WorkerProcess> start(const std::string& program, const SetupMessage& setup);

  [[nodiscard]] int socket() const { return m_socket.get(); }
  [[nodiscard]] int error_output() const { return m_error_output.get(); }
  [[nodiscard]] ChildProcess& process() { return m_process; }
  [[nodiscard]] const ResultsSegment& results() const {
    return *reinterpret_cast<const ResultsSegment*>(m_results.bytes().data());
  }

  [[nodiscard]] Result<void> send_manifest(std::uint32_t manifest_id, int manifest);
  // Limits the worker to the record's ceiling, then hands the record over. `source` is sealed; the worker
  // writes outputs into `given.output`.
  [[nodiscard]] Result<void> send_record(std::uint32_t manifest_id, DispatchedRecord given, int source);
  // A memory file for a record's outputs: a spare one, else a new one.
  [[nodiscard]] Result<Descriptor> take_output_file();
  // Keeps the file of a record that is over for another one of this worker's; never another's, for this one
  // may still have it mapped. What the tool wants of it, it has read by now. Fails with worker_crashed where
  // the worker sealed it, so that the memory in it could not be had back.
  [[nodiscard]] Result<void> keep_output_file(Descriptor file);
  // Bytes that are in its output files, those of records in hand and spare ones. A worker may write to each
  // that it was ever given, and what it writes is resident in nobody.
  [[nodiscard]] std::uint64_t output_memory() const;
  // The oldest record in hand is over (done or refused); returns it.
  [[nodiscard]] DispatchedRecord take_oldest();

  // Reads what the worker wrote to standard error without waiting; only the last part is kept.
  void drain_error_output();
  [[nodiscard]] const std::string& error_text() const { return m_error_text; }

  // Has it killed for `why`, unless it was for something else before. Its end shows at the process.
  void kill_for(Error why);
  // Whether it may be given records.
  [[nodiscard]] bool can_take() const { return is_ready && !killed_for && !given_up; }
  // It has nothing in hand from now on; what it does meanwhile is counted.
  void note_idle();
  // CPU time used and bytes written to standard error since it has had nothing in hand.
  [[nodiscard]] std::chrono::microseconds idle_cpu() const { return m_process.cpu_time() - m_cpu_at_idle; }
  [[nodiscard]] std::uint64_t idle_error_bytes() const { return m_error_bytes - m_error_bytes_at_idle; }

  bool is_ready = false;
  // When it closed its socket or told nonsense: nothing more is taken from it, and how it ended is waited
  // for.
  std::optional<std::chrono::steady_clock::time_point> given_up;
  std::chrono::steady_clock::time_point first_record;  // when it was given one
  std::uint32_t manifests_sent = 0;
  std::uint64_t records_taken = 0;
  std::deque<DispatchedRecord> in_hand;
  MemoryCeiling ceiling;  // of the record that it was given last
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
  // Why we killed it, where we did.
  std::optional<Error> killed_for;
  bool was_killed_for_memory = false;
  // A decoder complained or ran out of memory: who knows what it left behind. It gets nothing more to do.
  [[nodiscard]] bool is_spent() const;

private:
  WorkerProcess(ChildProcess process, Descriptor socket, Descriptor error_output, MappedRegion results)
      : m_process(std::move(process)),
        m_socket(std::move(socket)),
        m_error_output(std::move(error_output)),
        m_results(std::move(results)) {}
  // The oldest record in hand begins now.
  void note_begin();
  ChildProcess m_process;
  Descriptor m_socket;
  Descriptor m_error_output;
  MappedRegion m_results;
  std::vector<Descriptor> m_spare_outputs;
  std::string m_error_text;
  std::uint64_t m_error_bytes = 0;
  std::uint64_t m_error_bytes_at_idle = 0;
  std::chrono::microseconds m_cpu_at_idle{};
  std::uint64_t m_next_sequence = 1;
};

}  // namespace imgopt
