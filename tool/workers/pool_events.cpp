#include <poll.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <utility>

#include "base/interrupts.hpp"
#include "tool/workers/believable.hpp"
#include "tool/workers/pool_run.hpp"

namespace imgopt {

namespace {

using Clock = std::chrono::steady_clock;

// How long results may gather.
constexpr std::chrono::milliseconds k_gathering{60};
constexpr std::chrono::milliseconds k_least_gathering{4};

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

bool has_ended(const ChildProcess& process) {
  pollfd event{process.watch_descriptor(), POLLIN, 0};
  return ::poll(&event, 1, 0) > 0;
}

bool is_published(const WorkerProcess& worker, std::uint64_t sequence) {
  return worker.results().banks[sequence % k_result_banks].published_sequence.load(
             std::memory_order_acquire) == sequence;
}

}  // namespace

std::chrono::microseconds WorkerPool::Run::queued_work(const WorkerProcess& worker) const {
  std::chrono::microseconds work{};
  if (m_recent_cost == 0)
    return work;
  bool is_begun = true;
  for (const DispatchedRecord& record : worker.in_hand) {
    if (is_published(worker, record.sequence))
      continue;
    if (!std::exchange(is_begun, false))
      work += expected_time(record.record);
  }
  return work;
}

void WorkerPool::Run::let_results_gather() const {
  pollfd interrupt{Interrupts::descriptor(), POLLIN, 0};
  const auto end = Clock::now() + k_gathering;
  while (!m_pool.m_wants_token && Clock::now() < end) {
    std::chrono::microseconds least = k_gathering;
    for (const WorkerProcess& worker : m_pool.m_workers)
      least = std::min(least, queued_work(worker));
    // Half of it, since the rest is for what was expected wrongly and for our own work.
    const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(least / 2);
    if (wait < k_least_gathering || ::poll(&interrupt, 1, static_cast<int>(wait.count())) != 0)
      return;
  }
}

std::vector<std::size_t> WorkerPool::Run::wait_for_events() {
  std::vector<pollfd> events;
  for (WorkerProcess& worker : m_pool.m_workers) {
    events.push_back({worker.given_up ? worker.process().watch_descriptor() : worker.socket(), POLLIN, 0});
    events.push_back({worker.error_output(), POLLIN, 0});
  }
  events.push_back({Interrupts::descriptor(), POLLIN, 0});
  if (m_pool.m_wants_token)
    events.push_back({m_pool.m_jobserver->descriptor(), POLLIN, 0});
  std::vector<std::size_t> awake;
  if (::poll(events.data(), events.size(), static_cast<int>(k_pool_tick.count())) <= 0)
    return awake;
  let_results_gather();
  ::poll(events.data(), events.size(), 0);
  for (std::size_t i = 0; i < m_pool.m_workers.size(); ++i) {
    if (events[2 * i + 1].revents != 0)
      m_pool.m_workers[i].drain_error_output();
    if (events[2 * i].revents != 0)
      awake.push_back(i);
  }
  return awake;
}

void WorkerPool::Run::take_packets(std::size_t index) {
  WorkerProcess& worker = m_pool.m_workers[index];
  if (worker.given_up) {
    bury(index);
    return;
  }
  for (;;) {
    auto packet = receive_packet(worker.socket(), k_max_dispatch_bytes, Wait::no);
    if (!packet) {
      give_up(index, packet.error().code == ErrorCode::corrupt
                         ? std::optional(nonsense(packet.error().message).value())
                         : std::nullopt);
      return;
    }
    if (!*packet)
      return;
    if (auto understood = understand(worker, **packet); !understood) {
      give_up(index, std::move(understood).error());
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
      worker.note_idle();
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
      DispatchedRecord refused = worker.take_oldest();
      const std::uint32_t record = refused.record;
      m_failed_starts = 0;
      const std::uint64_t needed =
          std::min(needs->bytes, most_memory(most_pixels_of(refused), refused.source_bytes));
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
      return worker.keep_output_file(std::move(refused.output));
    }
    case DispatchKind::setup:
    case DispatchKind::manifest:
    case DispatchKind::record:
      break;
  }
  return nonsense("an unknown message");
}

Result<void> WorkerPool::Run::check_outputs(const DispatchedRecord& given, const RecordResult& result) const {
  const BatchRecord& record = m_manifest.records()[given.record];
  const KnownSource source{static_cast<ImageFormat>(m_manifest.source_of(record).format), given.source_bytes};
  const auto outputs = m_manifest.outputs_of(record);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    IMGOPT_TRY(
        check_output(result.outputs[i], m_manifest.settings_of(outputs[i]), source, m_pool.m_options.setup));
  return {};
}

Result<void> WorkerPool::Run::take_result(WorkerProcess& worker, std::uint64_t sequence) {
  const DispatchedRecord& oldest = worker.in_hand.front();
  IMGOPT_ASSIGN(const FileStatus status, stat_descriptor(oldest.output.get(), "imgopt-output"));
  IMGOPT_ASSIGN(const auto result,
                copy_bank(worker.results(), sequence, oldest.record, oldest.output_count, status.stat.size));
  if (!result)
    return nonsense("a record is done without a result");
  IMGOPT_TRY(check_outputs(oldest, *result));
  DispatchedRecord done = worker.take_oldest();
  const bool lacked_memory = std::any_of(
      result->outputs.begin(), result->outputs.end(),
      [](const auto& slot) { return slot.failure == static_cast<std::uint32_t>(FailureKind::memory); });
  // Where work is done, deaths at the start are somebody's kills and no reason to give up.
  m_failed_starts = 0;
  note_pace(m_manifest.records()[done.record].cost, result->cpu_us);
  if (lacked_memory && done.memory < all_memory(done.record))
    m_alone.push_back({done.record, all_memory(done.record)});
  else
    m_client.finished(done.record, *result, done.output.get());
  return worker.keep_output_file(std::move(done.output));
}

// The last ones count most, since records come by their size and an estimate errs alike for those of one
// size.
void WorkerPool::Run::note_pace(std::uint64_t cost, std::uint64_t cpu_us) {
  constexpr double k_memory = 15. / 16;
  m_recent_cost = m_recent_cost * k_memory + static_cast<double>(cost);
  m_recent_time_us = m_recent_time_us * k_memory + static_cast<double>(cpu_us);
}

void WorkerPool::Run::dismiss(std::size_t index) {
  const std::deque<DispatchedRecord> in_hand = std::move(m_pool.m_workers[index].in_hand);
  m_pool.retire(index);
  for (std::size_t i = in_hand.size(); i-- > 0;)
    m_waiting.push_front(in_hand[i].record);
}

void WorkerPool::Run::give_up(std::size_t index, std::optional<Error> why) {
  WorkerProcess& worker = m_pool.m_workers[index];
  if (why)
    worker.kill_for(std::move(*why));
  worker.given_up = Clock::now();
  if (has_ended(worker.process()))
    bury(index);
}

void WorkerPool::Run::bury(std::size_t index) {
  WorkerProcess& worker = m_pool.m_workers[index];
  // What it published before it died stands, up to where a decoder complained.
  while (!worker.in_hand.empty()) {
    const std::uint64_t sequence = worker.in_hand.front().sequence;
    if (!is_published(worker, sequence) || !take_result(worker, sequence) || worker.is_spent())
      break;
  }
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

}  // namespace imgopt
