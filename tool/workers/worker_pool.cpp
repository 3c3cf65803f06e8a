#include "tool/workers/worker_pool.hpp"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <deque>
#include <map>

#include "base/interrupts.hpp"
#include "tool/workers/believable.hpp"
#include "tool/workers/deadline.hpp"

namespace imgopt {

namespace {

using Clock = std::chrono::steady_clock;

// One running, one queued: the next record is there the moment one is done.
constexpr std::size_t k_records_in_hand = 2;
static_assert(k_records_in_hand <= k_result_banks);
constexpr std::chrono::milliseconds k_tick{100};
// From exec to `ready`, codecs loaded: 50 ms here; a machine in trouble gets a thousand times that.
constexpr std::chrono::seconds k_start_deadline{60};
// Deaths before the first record in a row after which no further start is tried.
constexpr unsigned k_start_attempts = 3;
// From a worker's closing of its socket to its end, where it is dying.
constexpr std::chrono::milliseconds k_end_grace{1000};

std::string last_line(const std::string& text) {
  std::size_t end = text.find_last_not_of("\r\n");
  if (end == std::string::npos)
    return {};
  const std::size_t begin = text.find_last_of('\n', end);
  return text.substr(begin + 1, end - begin);
}

template <typename Message>
std::optional<Message> message_in(const Packet& packet) {
  if (packet.bytes.size() != sizeof(Message))
    return std::nullopt;
  Message message;
  std::copy(packet.bytes.begin(), packet.bytes.end(), reinterpret_cast<std::uint8_t*>(&message));
  return message;
}

tl::unexpected<Error> nonsense(std::string_view what) {
  return fail(ErrorCode::worker_crashed, std::string("the worker told nonsense: ").append(what));
}

bool ends_within(const ChildProcess& process, std::chrono::milliseconds grace) {
  pollfd event{process.watch_descriptor(), POLLIN, 0};
  int ready;
  while ((ready = ::poll(&event, 1, static_cast<int>(grace.count()))) < 0 && errno == EINTR) {
  }
  return ready > 0;
}

}  // namespace

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
  // False: the record could not be dispatched to this worker, which is then dead.
  bool give(WorkerProcess& worker, std::uint32_t record, std::uint64_t memory);
  // The most pixels that a record's source can have.
  [[nodiscard]] std::uint64_t most_pixels_of(std::uint32_t record) const;
  // What a record gets that runs alone: all there is, or what it asked for where that is more.
  [[nodiscard]] std::uint64_t all_memory(std::uint32_t record) const;
  [[nodiscard]] MemoryCeiling ceiling_for(const WorkerProcess& worker, std::uint32_t record,
                                          std::uint64_t memory) const;
  void wait_for_events();
  void take_packets(std::size_t index);
  Result<void> understand(WorkerProcess& worker, const Packet& packet);
  Result<void> take_result(WorkerProcess& worker, std::uint64_t sequence);
  void check_deadlines();
  static void check_memory(WorkerProcess& worker);
  void bury(std::size_t index);
  // Ends a worker that is spent; what is queued with it counts as not begun.
  void dismiss(std::size_t index);
  void tell_progress();

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
  unsigned m_failed_starts = 0;
  std::string m_start_failure;
};

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
    wait_for_events();
    // Backwards, since burying a worker takes it out of the list.
    for (std::size_t i = m_pool.m_workers.size(); i-- > 0;)
      take_packets(i);
    check_deadlines();
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

Result<void> WorkerPool::Run::dispatch() {
  const bool isolated = m_pool.m_options.isolation == Isolation::own_worker;
  for (std::size_t i = m_pool.m_workers.size(); i-- > 0;) {
    WorkerProcess& worker = m_pool.m_workers[i];
    if (!worker.is_ready)
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
    const std::size_t depth = isolated ? 1 : k_records_in_hand;
    while (worker.in_hand.size() < depth && !m_waiting.empty()) {
      // A second record for one worker only while there is more than enough for those that have none.
      const auto idle = std::count_if(m_pool.m_workers.begin(), m_pool.m_workers.end(),
                                      [](const WorkerProcess& w) { return w.in_hand.empty(); });
      if (!worker.in_hand.empty() && m_waiting.size() <= static_cast<std::size_t>(idle))
        break;
      const std::uint32_t record = m_waiting.front();
      m_waiting.pop_front();
      if (!give(worker, record, m_share))
        break;
    }
  }
  if (m_waiting.empty() && m_retries.empty() && !m_alone.empty() && !any_in_hand()) {
    const auto ready = std::find_if(m_pool.m_workers.begin(), m_pool.m_workers.end(),
                                    [](const WorkerProcess& w) { return w.is_ready; });
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

std::uint64_t WorkerPool::Run::all_memory(std::uint32_t record) const {
  const auto asked = m_needs.find(record);
  if (asked == m_needs.end() || asked->second <= m_pool.m_options.memory_limit)
    return m_pool.m_options.memory_limit;
  // A quarter more, since what a record asks for is an estimate from its header.
  const std::uint64_t more = asked->second / 4;
  const std::uint64_t most = m_pool.m_options.machine_memory;
  return asked->second > most - std::min(most, more) ? most : asked->second + more;
}

MemoryCeiling WorkerPool::Run::ceiling_for(const WorkerProcess& worker, std::uint32_t record,
                                           std::uint64_t memory) const {
  std::uint64_t source = m_manifest.source_of(m_manifest.records()[record]).size;
  for (const DispatchedRecord& other : worker.in_hand)
    source = std::max(source, m_manifest.source_of(m_manifest.records()[other.record]).size);
  return ceiling_of(memory, source);
}

std::uint64_t WorkerPool::Run::most_pixels_of(std::uint32_t record) const {
  const BatchSource& source = m_manifest.source_of(m_manifest.records()[record]);
  return most_pixels(static_cast<ImageFormat>(source.format), source.size, m_pool.m_options.setup);
}

bool WorkerPool::Run::give(WorkerProcess& worker, std::uint32_t record, std::uint64_t memory) {
  const auto source = m_client.open_source(record);
  if (!source)
    return true;
  auto output = create_memory_file("imgopt-output");
  Result<void> sent;
  if (output) {
    while (sent && worker.manifests_sent <= m_manifest_id)
      sent = worker.send_manifest(worker.manifests_sent, m_pool.m_manifests[worker.manifests_sent].get());
    if (sent)
      sent =
          worker.send_record(m_manifest_id, record, m_manifest.records()[record].output_count, source->get(),
                             std::move(*output), memory, ceiling_for(worker, record, memory));
  } else {
    sent = tl::unexpected<Error>(output.error());
  }
  if (sent)
    return true;
  if (output && sent.error().code == ErrorCode::limit_exceeded) {
    // It lives and lets our messages lie: it could wait for ever, since nothing that it was given has a
    // deadline.
    worker.killed_for = Error{ErrorCode::worker_crashed, sent.error().message};
    worker.process().kill();
    m_waiting.push_front(record);
  } else if (sent.error().code == ErrorCode::worker_crashed) {
    // It died with nothing of this record begun: its turn comes again. The event loop buries the worker.
    m_waiting.push_front(record);
  } else {
    m_client.failed(record, {sent.error().code, sent.error().message});
  }
  return false;
}

void WorkerPool::Run::wait_for_events() {
  std::vector<pollfd> events;
  for (const WorkerProcess& worker : m_pool.m_workers) {
    events.push_back({worker.socket(), POLLIN, 0});
    events.push_back({worker.error_output(), POLLIN, 0});
  }
  events.push_back({Interrupts::descriptor(), POLLIN, 0});
  if (m_pool.m_wants_token)
    events.push_back({m_pool.m_jobserver->descriptor(), POLLIN, 0});
  ::poll(events.data(), events.size(), static_cast<int>(k_tick.count()));
}

void WorkerPool::Run::take_packets(std::size_t index) {
  WorkerProcess& worker = m_pool.m_workers[index];
  worker.drain_error_output();
  for (;;) {
    auto packet = receive_packet(worker.socket(), k_max_dispatch_bytes, Wait::no);
    if (!packet) {
      if (packet.error().code == ErrorCode::corrupt && !worker.killed_for)
        worker.killed_for = nonsense(packet.error().message).value();
      bury(index);
      return;
    }
    if (!*packet)
      return;
    if (auto understood = understand(worker, **packet); !understood) {
      if (!worker.killed_for)
        worker.killed_for = understood.error();
      bury(index);
      return;
    }
    if (worker.is_spent()) {
      dismiss(index);
      return;
    }
  }
}

Result<void> WorkerPool::Run::understand(WorkerProcess& worker, const Packet& packet) {
  std::uint32_t kind = 0;
  if (packet.bytes.size() >= sizeof(kind))
    std::copy_n(packet.bytes.begin(), sizeof(kind), reinterpret_cast<std::uint8_t*>(&kind));
  switch (static_cast<DispatchKind>(kind)) {
    case DispatchKind::ready: {
      const auto ready = message_in<ReadyMessage>(packet);
      if (!ready || worker.is_ready || ready->version != k_dispatch_version)
        return nonsense("it is of another version");
      worker.is_ready = true;
      return {};
    }
    case DispatchKind::done: {
      const auto done = message_in<DoneMessage>(packet);
      if (!done || worker.in_hand.empty() || worker.in_hand.front().sequence != done->sequence)
        return nonsense("a record is done that it was not given");
      return take_result(worker, done->sequence);
    }
    case DispatchKind::needs_memory: {
      const auto needs = message_in<NeedsMemoryMessage>(packet);
      if (!needs || worker.in_hand.empty() || worker.in_hand.front().sequence != needs->sequence)
        return nonsense("a record needs memory that it was not given");
      const std::uint32_t record = worker.take_oldest().record;
      m_failed_starts = 0;
      const std::uint64_t needed = std::min(
          needs->bytes,
          most_memory(most_pixels_of(record), m_manifest.source_of(m_manifest.records()[record]).size));
      const bool is_first = m_needs.emplace(record, needed).second;
      if (needed > m_pool.m_options.machine_memory)
        m_client.failed(record, {ErrorCode::limit_exceeded,
                                 "it needs " + mebibytes_text(needed) + " of memory, and there are only " +
                                     mebibytes_text(m_pool.m_options.machine_memory)});
      else if (is_first)
        m_alone.push_back({record, all_memory(record)});
      else
        m_client.failed(record, {ErrorCode::limit_exceeded,
                                 "it needs more memory than it asked for: " + mebibytes_text(needed)});
      return {};
    }
    case DispatchKind::setup:
    case DispatchKind::manifest:
    case DispatchKind::record:
      break;
  }
  return nonsense("an unknown message");
}

Result<void> WorkerPool::Run::take_result(WorkerProcess& worker, std::uint64_t sequence) {
  const DispatchedRecord& oldest = worker.in_hand.front();
  IMGOPT_ASSIGN(const FileStatus status, stat_descriptor(oldest.output.get(), "imgopt-output"));
  IMGOPT_ASSIGN(const auto result,
                copy_bank(worker.results(), sequence, oldest.record, oldest.output_count, status.stat.size));
  if (!result)
    return nonsense("a record is done without a result");
  IMGOPT_TRY(check_dimensions(*result, m_pool.m_options.setup));
  const DispatchedRecord done = worker.take_oldest();
  const bool lacked_memory = std::any_of(
      result->outputs.begin(), result->outputs.end(),
      [](const auto& slot) { return slot.failure == static_cast<std::uint32_t>(FailureKind::memory); });
  // Where work is done, deaths at the start are somebody's kills and no reason to give up.
  m_failed_starts = 0;
  if (lacked_memory && done.memory < all_memory(done.record))
    m_alone.push_back({done.record, all_memory(done.record)});
  else
    m_client.finished(done.record, *result, done.output.get());
  return {};
}

void WorkerPool::Run::check_deadlines() {
  for (WorkerProcess& worker : m_pool.m_workers) {
    const auto now = Clock::now();
    if (!worker.is_ready) {
      if (now - worker.started > k_start_deadline && !worker.killed_for) {
        worker.killed_for = Error{ErrorCode::limit_exceeded, "it was not ready in time"};
        worker.process().kill();
      }
      continue;
    }
    if (worker.in_hand.empty() || worker.killed_for)
      continue;
    const DispatchedRecord& running = worker.in_hand.front();
    // The pixels are the worker's word, believed up to what the source can have.
    const std::uint64_t pixels = std::min(worker.results().progress.pixels.load(std::memory_order_relaxed),
                                          most_pixels_of(running.record));
    std::uint64_t estimated = 0;
    for (const BatchOutput& output : m_manifest.outputs_of(m_manifest.records()[running.record]))
      estimated += estimated_cost_us(m_manifest.settings_of(output), pixels);
    const auto limit = cpu_deadline(m_pool.m_options.timeout, estimated);
    const auto cpu = worker.process().cpu_time() - running.cpu_at_begin;
    if (cpu > limit || now - running.began > limit * k_wall_factor) {
      worker.killed_for = Error{ErrorCode::limit_exceeded,
                                cpu > limit ? "it used more CPU time than its deadline of " +
                                                  std::to_string(limit.count() / 1'000'000) + " s"
                                            : std::string("it did not end within ten times its deadline")};
      worker.process().kill();
    }
    check_memory(worker);
  }
}

void WorkerPool::Run::check_memory(WorkerProcess& worker) {
  const MemoryCeiling& ceiling = worker.in_hand.front().ceiling;
  if (worker.killed_for || worker.process().resident_memory() <= ceiling.resident)
    return;
  worker.killed_for = Error{ErrorCode::limit_exceeded,
                            "it used more memory than its ceiling of " + mebibytes_text(ceiling.resident)};
  worker.was_killed_for_memory = true;
  worker.process().kill();
}

void WorkerPool::Run::dismiss(std::size_t index) {
  const std::deque<DispatchedRecord> in_hand = std::move(m_pool.m_workers[index].in_hand);
  m_pool.retire(index);
  for (std::size_t i = in_hand.size(); i-- > 0;)
    m_waiting.push_front(in_hand[i].record);
}

void WorkerPool::Run::bury(std::size_t index) {
  WorkerProcess& worker = m_pool.m_workers[index];
  if (!worker.killed_for && !ends_within(worker.process(), k_end_grace))
    worker.killed_for = Error{ErrorCode::worker_crashed, "the worker closed its connection and went on"};
  // What it published before it died stands, up to where a decoder complained.
  while (!worker.in_hand.empty()) {
    const std::uint64_t sequence = worker.in_hand.front().sequence;
    const bool was_published = worker.results().banks[sequence % k_result_banks].published_sequence.load(
                                   std::memory_order_acquire) == sequence;
    if (!was_published || !take_result(worker, sequence) || worker.is_spent())
      break;
  }
  worker.process().kill();
  const auto status = worker.process().wait();
  worker.drain_error_output();
  Error cause;
  const bool was_ours = worker.killed_for.has_value();
  if (was_ours) {
    cause = *worker.killed_for;
  } else {
    cause.code = ErrorCode::worker_crashed;
    cause.message = "the worker was lost: " + (status ? status->describe() : status.error().message);
    if (const std::string line = last_line(worker.error_text()); !line.empty())
      cause.message += " (" + line + ")";
  }
  const bool was_killed_for_memory = worker.was_killed_for_memory;
  const bool lacked_memory =
      !was_ours && worker.results().progress.failed_allocations.load(std::memory_order_relaxed) > 0;
  if (lacked_memory && !worker.in_hand.empty())
    cause.message = "memory ran out below its ceiling of " +
                    mebibytes_text(worker.in_hand.front().ceiling.resident) + ": " + cause.message;
  if (worker.records_taken == 0) {
    ++m_failed_starts;
    m_start_failure = cause.message;
  }
  if (worker.is_ready)
    ++m_pool.m_counters.crashes;
  std::deque<DispatchedRecord> in_hand = std::move(worker.in_hand);
  m_pool.retire(index);
  // The oldest was running; what was queued behind it is innocent.
  for (std::size_t i = in_hand.size(); i-- > 1;)
    m_waiting.push_front(in_hand[i].record);
  if (!in_hand.empty()) {
    // A kill that is not ours is the kernel out of memory, or somebody: tried again when there is room.
    const bool is_memory =
        lacked_memory || was_killed_for_memory || (!was_ours && status && status->signal == SIGKILL);
    const std::uint32_t record = in_hand.front().record;
    if (++m_deaths[record] >= 2)
      m_client.failed(record, {cause.code, cause.message});
    else if (is_memory)
      m_alone.push_back({record, all_memory(record)});
    else
      m_retries.push_back(record);
  }
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
  const auto done = run.loop();
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
