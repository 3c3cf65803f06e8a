// Execution: carries a plan out. Restores from the cache, has workers encode the rest, stores and delivers.
//
// Restoring runs on several threads; encoding is driven by the worker pool's event loop in the calling
// thread. What fails, fails for its output alone. A source that is edited during the run is encoded and keyed
// as the bytes that a worker was given, and marked so that the next build looks at it again.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "tool/build/delivery.hpp"
#include "tool/cache/cache.hpp"
#include "tool/plan/build_request.hpp"
#include "tool/plan/build_work.hpp"
#include "tool/plan/identify.hpp"
#include "tool/plan/plan.hpp"
#include "tool/workers/encoder_fingerprint.hpp"
#include "tool/workers/worker_pool.hpp"

namespace imgopt {

// What a progress display may show.
struct ProgressSnapshot {
  std::size_t done = 0;          // sources all of whose outputs are done
  std::size_t total = 0;         // sources that this run restores or encodes something of
  std::uint64_t bytes_in = 0;    // of the sources that are done and did not fail
  std::uint64_t bytes_out = 0;   // of their outputs
  std::uint64_t cost_done = 0;   // expected CPU time of the outputs that are done, microseconds
  std::uint64_t cost_total = 0;  // and of all that this run makes
  std::string_view running;      // the name of a source that is being encoded, or empty
  std::size_t in_flight = 0;     // records that workers are at
};

struct ExecutionInputs {
  const BuildRequest* request = nullptr;
  const ScanResult* scan = nullptr;
  Identified* identified = nullptr;
  std::vector<SourceWork>* works = nullptr;
  const EncoderFingerprints* encoders = nullptr;
  const DigestSecret* secret = nullptr;
  Cache* cache = nullptr;  // null: none
  Delivery* delivery = nullptr;
  WorkerPool* pool = nullptr;
  std::array<std::uint8_t, 16> nonce{};
  std::function<void(const ProgressSnapshot&)> progress;
};

class Execution : private RecordClient {
public:
  explicit Execution(ExecutionInputs inputs);

  // Does everything that is planned and not done. Fails where no worker can be had, or with interrupted; what
  // was done until then is done.
  [[nodiscard]] Result<void> run();

  // Set where an output could not be written, or a source not read: the surroundings failed, not an image.
  [[nodiscard]] bool surroundings_failed() const { return m_surroundings_failed; }
  // One sentence where results could not be stored in the cache.
  [[nodiscard]] const std::string& cache_trouble() const { return m_cache_trouble; }

private:
  struct Record {
    PlannedRecord planned;  // its source is an index into the works
    // Of the bytes that the worker was given.
    Digest128 digest;
    std::uint64_t size = 0;
  };

  [[nodiscard]] std::span<const std::uint32_t> outputs_of(const Record& record) const {
    return m_plan.outputs_of(record.planned);
  }
  void plan_again();
  [[nodiscard]] std::uint64_t cost_of(const SourceWork& work, const OutputWork& output) const;
  void estimate_total();
  void restore_all();
  void restore(SourceWork& work, OutputWork& output);
  // Whether a record's results are this build's to make. If not, they are put off until all else is done.
  [[nodiscard]] bool is_our_turn(const Record& record);
  // Waits until what was put off is made by the builds that are at it, or given up, and restores what it can.
  [[nodiscard]] Result<void> await_others();
  void share_all();
  void share(SourceWork& work, OutputWork& output, const SourceWork& first_work, const OutputWork& first);
  // The plan's records as a sealed batch manifest; `order` gets their indices.
  [[nodiscard]] Result<Descriptor> write_batch(std::vector<std::uint32_t>& order);
  [[nodiscard]] Result<void> encode_all();

  Result<Descriptor> open_source(std::uint32_t record) override;
  void finished(std::uint32_t record, const RecordResult& result, int output) override;
  void failed(std::uint32_t record, const RecordFailure& failure) override;
  void tick(std::span<const std::uint32_t> running) override;

  static const ResultSlot& chosen(const Record& record, OutputWork& output,
                                  std::span<const ResultSlot> slots);
  void finish_output(const Record& record, OutputWork& output, const ResultSlot& slot, int file);
  [[nodiscard]] Result<Written> deliver(const SourceWork& work, OutputWork& output, ByteView content);
  [[nodiscard]] Result<Bytes> read_source(const SourceWork& work, const Digest128& digest) const;
  void store(const OutputWork& output, Bytes payload);
  [[nodiscard]] Result<void> do_all();
  void note_cache_trouble(const Result<void>& outcome);
  void fail_output(const SourceWork& work, OutputWork& output, const Error& error);
  [[nodiscard]] std::string path_of(const SourceWork& work) const;
  void count_done(const SourceWork& work, OutputWork& output);

  ExecutionInputs m_in;
  Plan m_plan;  // its records go to m_records
  std::vector<Record> m_records;
  std::vector<OutputRef> m_put_off;  // outputs that another build was making
  std::set<Digest128> m_insisted;    // made here whatever others do
  std::atomic<bool> m_surroundings_failed{false};
  std::mutex m_mutex;  // guards what follows
  std::string m_cache_trouble;
  std::string m_write_trouble;      // the first output that could not be written: nothing more is tried
  std::vector<std::size_t> m_left;  // outputs still to be done, by work
  ProgressSnapshot m_progress;
};

}  // namespace imgopt
