#include "tool/workers/worker_process.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <new>
#include <utility>

namespace imgopt {

namespace {

// A hostile image can make a decoder write megabytes of warnings: the end of it is enough to say what
// happened.
constexpr std::size_t k_kept_error_bytes = 4096;
constexpr std::uint64_t k_kept_output_bytes = 64u << 10;
// More than any pipe holds.
constexpr std::size_t k_drained_at_once = 2u << 20;

}  // namespace

std::vector<std::string> worker_environment() {
  std::vector<std::string> environment;
  for (const char* name :
       {"LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"})
    if (const char* value = std::getenv(name))
      environment.push_back(std::string(name) + "=" + value);
  return environment;
}

Result<WorkerProcess> WorkerProcess::start(const std::string& program, const SetupMessage& setup) {
  IMGOPT_ASSIGN(SocketPair sockets, make_packet_sockets());
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return system_error(program, "cannot create a pipe", errno);
  Descriptor error_output(ends[0]);
  const Descriptor error_input(ends[1]);
  ::fcntl(error_output.get(), F_SETFL, O_NONBLOCK);

  IMGOPT_ASSIGN(const Descriptor results, create_shared_memory("imgopt-results", sizeof(ResultsSegment)));
  {
    IMGOPT_ASSIGN(const MappedRegion writable, MappedRegion::map(results.get(), sizeof(ResultsSegment),
                                                                 Access::read_write, "imgopt-results"));
    new (writable.writable_bytes().data()) ResultsSegment();
  }
  IMGOPT_ASSIGN(MappedRegion readable, MappedRegion::map(results.get(), sizeof(ResultsSegment),
                                                         Access::read_only, "imgopt-results"));
  ChildSetup child;
  child.program = program;
  child.arguments = {"--serve"};
  child.environment = worker_environment();
  child.given = {sockets.theirs.get()};
  child.standard_error = error_input.get();
  IMGOPT_ASSIGN(ChildProcess process, ChildProcess::start(child));
  WorkerProcess worker(std::move(process), std::move(sockets.ours), std::move(error_output),
                       std::move(readable));
  const int descriptor = results.get();
  IMGOPT_TRY(send_message(worker.socket(), setup, {&descriptor, 1}));
  return worker;
}

Result<void> WorkerProcess::send_manifest(std::uint32_t manifest_id, int manifest) {
  ManifestMessage message;
  message.manifest_id = manifest_id;
  IMGOPT_TRY(send_message(socket(), message, {&manifest, 1}));
  ++manifests_sent;
  return {};
}

Result<void> WorkerProcess::send_record(std::uint32_t manifest_id, DispatchedRecord given, int source) {
  IMGOPT_TRY(m_process.limit_memory(given.ceiling.data, given.ceiling.address_space, given.ceiling.output));
  given.sequence = m_next_sequence;
  RecordMessage message;
  message.manifest_id = manifest_id;
  message.record = given.record;
  message.sequence = given.sequence;
  message.memory_share = given.memory;
  const std::array descriptors = {source, given.output.get()};
  IMGOPT_TRY(send_message(socket(), message, descriptors));
  ceiling = given.ceiling;
  in_hand.push_back(std::move(given));
  if (in_hand.size() == 1)
    note_begin();
  ++m_next_sequence;
  if (records_taken++ == 0)
    first_record = std::chrono::steady_clock::now();
  return {};
}

Result<Descriptor> WorkerProcess::take_output_file() {
  if (m_spare_outputs.empty())
    return create_memory_file("imgopt-output");
  Descriptor spare = std::move(m_spare_outputs.back());
  m_spare_outputs.pop_back();
  return spare;
}

Result<void> WorkerProcess::keep_output_file(Descriptor file) {
  IMGOPT_ASSIGN(const FileStatus status, stat_descriptor(file.get(), "imgopt-output"));
  // The pages of small ones are kept too.
  if (status.stat.size > k_kept_output_bytes && ::ftruncate(file.get(), 0) != 0)
    return fail(ErrorCode::worker_crashed, "the worker sealed its output file");
  m_spare_outputs.push_back(std::move(file));
  return {};
}

std::uint64_t WorkerProcess::output_memory() const {
  std::uint64_t bytes = 0;
  for (const DispatchedRecord& record : in_hand)
    bytes += held_memory(record.output.get());
  for (const Descriptor& spare : m_spare_outputs)
    bytes += held_memory(spare.get());
  return bytes;
}

DispatchedRecord WorkerProcess::take_oldest() {
  DispatchedRecord oldest = std::move(in_hand.front());
  in_hand.pop_front();
  if (in_hand.empty())
    note_idle();
  else
    note_begin();
  return oldest;
}

void WorkerProcess::note_begin() {
  in_hand.front().began = std::chrono::steady_clock::now();
  in_hand.front().cpu_at_begin = m_process.cpu_time();
}

void WorkerProcess::note_idle() {
  m_cpu_at_idle = m_process.cpu_time();
  m_error_bytes_at_idle = m_error_bytes;
}

void WorkerProcess::kill_for(Error why) {
  if (killed_for)
    return;
  killed_for = std::move(why);
  m_process.kill();
}

bool WorkerProcess::is_spent() const {
  const WorkerProgress& progress = results().progress;
  return progress.decoder_warnings.load(std::memory_order_relaxed) > 0 ||
         progress.failed_allocations.load(std::memory_order_relaxed) > 0;
}

void WorkerProcess::drain_error_output() {
  std::array<char, 4096> buffer;
  // One that writes without end would keep us here, where nobody looks at its deadline.
  for (std::size_t drained = 0; drained < k_drained_at_once;) {
    const ssize_t got = ::read(m_error_output.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return;
    if (got == 0) {
      m_error_output.reset();
      return;
    }
    drained += static_cast<std::size_t>(got);
    m_error_bytes += static_cast<std::uint64_t>(got);
    m_error_text.append(buffer.data(), static_cast<std::size_t>(got));
    if (m_error_text.size() > 2 * k_kept_error_bytes)
      m_error_text.erase(0, m_error_text.size() - k_kept_error_bytes);
  }
}

}  // namespace imgopt
