#include "worker/serve.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mapped_memory.hpp"
#include "base/packet_socket.hpp"
#include "protocol/batch_manifest.hpp"
#include "protocol/dispatch.hpp"
#include "protocol/record_results.hpp"
#include "worker/allocation_watch.hpp"
#include "worker/optimize_record.hpp"
#include "worker/resource_meter.hpp"
#include "worker/sandbox.hpp"
#include "worker/vips_setup.hpp"

namespace imgopt {

namespace {

tl::unexpected<Error> broken(std::string what) {
  return fail(ErrorCode::corrupt, "dispatch: " + std::move(what));
}

template <typename Message>
Result<Message> read_message(const Packet& packet, std::size_t descriptors) {
  if (packet.bytes.size() != sizeof(Message) || packet.descriptors.size() != descriptors)
    return broken("a message of another size than its kind has");
  Message message;
  std::memcpy(&message, packet.bytes.data(), sizeof(message));
  return message;
}

Result<DispatchKind> kind_of(const Packet& packet) {
  DispatchKind kind{};
  if (packet.bytes.size() < sizeof(kind))
    return broken("a packet without a kind");
  std::memcpy(&kind, packet.bytes.data(), sizeof(kind));
  return kind;
}

// A sealed manifest and the mapping that it reads.
struct LoadedManifest {
  MappedRegion mapping;
  BatchManifest manifest;
};

// Writes outputs one behind the other into the output memory file and collects their slots.
class OutputWriter {
public:
  OutputWriter(int file, std::size_t outputs, WorkerProgress& progress)
      : m_file(file),
        m_progress(progress),
        m_failed_allocations(progress.failed_allocations.load(std::memory_order_relaxed)) {
    m_slots.resize(outputs);
  }

  void take(std::size_t index, ResultSlot slot, ByteView bytes) {
    const int error = write(bytes);
    if (error == 0) {
      slot.offset = bytes.empty() ? 0 : m_offset;
      slot.length = bytes.size();
      m_offset += bytes.size();
    } else {
      slot = failed_slot(
          static_cast<ImageFormat>(slot.format),
          {ErrorCode::limit_exceeded, std::string("cannot hand over the output: ") + std::strerror(error)});
    }
    // Whatever a decoder made of it, the image is not to blame. What is handed over counts as memory too.
    if (slot.status == static_cast<std::uint32_t>(SlotStatus::failed) &&
        (error == EFBIG ||
         m_progress.failed_allocations.load(std::memory_order_relaxed) != m_failed_allocations))
      say_memory_ran_out(slot);
    m_slots[index] = slot;
    m_progress.outputs_done.fetch_add(1, std::memory_order_relaxed);
    m_progress.decoder_warnings.store(decoder_warning_count(), std::memory_order_relaxed);
  }

  [[nodiscard]] std::vector<ResultSlot> take_slots() { return std::move(m_slots); }

private:
  static void say_memory_ran_out(ResultSlot& slot) {
    slot.failure = static_cast<std::uint32_t>(FailureKind::memory);
    set_message(slot, "memory ran out: " + std::string(message_of(slot)));
  }

  // 0, or the errno of the write that failed.
  [[nodiscard]] int write(ByteView bytes) const {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t written =
          ::pwrite(m_file, bytes.data() + done, bytes.size() - done, static_cast<off_t>(m_offset + done));
      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        return errno;
      done += static_cast<std::size_t>(written);
    }
    return 0;
  }

  int m_file;
  WorkerProgress& m_progress;
  std::uint32_t m_failed_allocations;  // before this record
  std::uint64_t m_offset = 0;
  std::vector<ResultSlot> m_slots;
};

class ServeLoop {
public:
  explicit ServeLoop(int socket) : m_socket(socket) {}

  Result<void> run() {
    for (;;) {
      const auto began_to_wait = std::chrono::steady_clock::now();
      auto packet = receive_packet(m_socket, k_max_dispatch_bytes, Wait::yes);
      m_waited += std::chrono::steady_clock::now() - began_to_wait;
      if (!packet && packet.error().code == ErrorCode::worker_crashed)
        return {};
      if (!packet)
        return tl::unexpected<Error>(std::move(packet).error());
      if (*packet)
        IMGOPT_TRY(obey(**packet));
    }
  }

private:
  Result<void> obey(Packet& packet) {
    IMGOPT_ASSIGN(const DispatchKind kind, kind_of(packet));
    if (kind == DispatchKind::setup)
      return set_up(packet);
    if (!m_results)
      return broken("a message before the set-up");
    if (kind == DispatchKind::manifest)
      return add_manifest(packet);
    if (kind == DispatchKind::record)
      return do_record(packet);
    return broken("a message of unknown kind");
  }

  Result<void> set_up(Packet& packet) {
    IMGOPT_ASSIGN(const SetupMessage setup, read_message<SetupMessage>(packet, 1));
    if (m_results || setup.version != k_dispatch_version)
      return broken("a second set-up, or one of another version");
    IMGOPT_ASSIGN(m_segment, MappedRegion::map(packet.descriptors[0].get(), sizeof(ResultsSegment),
                                               Access::read_write, "results segment"));
    auto* const segment = reinterpret_cast<ResultsSegment*>(m_segment.writable_bytes().data());
    if (segment->magic != k_results_magic || segment->version != k_results_version)
      return broken("a results segment of another version");
    m_nonce = setup.nonce;
    m_limits.max_frames = setup.max_frames;
    m_limits.max_pixels = setup.max_pixels;
    m_limits.max_total_pixels = setup.max_total_pixels;
    m_limits.max_metadata_bytes = setup.max_metadata_bytes;
    m_limits.max_jpeg_scans = setup.max_jpeg_scans;
    m_limits.max_output_bytes = setup.max_output_bytes;
    IMGOPT_TRY(set_up_vips());
    m_meter = ResourceMeter::open();
    watch_allocations(segment->progress.failed_allocations);
    ReadyMessage ready;
    IMGOPT_ASSIGN(ready.sandbox, enter_sandbox(setup.sandbox, {setup.address_space, setup.max_output_bytes}));
    m_results = segment;
    return send_message(m_socket, ready);
  }

  Result<void> add_manifest(Packet& packet) {
    IMGOPT_ASSIGN(const ManifestMessage message, read_message<ManifestMessage>(packet, 1));
    if (message.manifest_id != m_manifests.size())
      return broken("a manifest out of order");
    IMGOPT_ASSIGN(MappedRegion mapping, map_sealed(packet.descriptors[0].get(), "batch manifest"));
    IMGOPT_ASSIGN(const BatchManifest manifest, BatchManifest::open(mapping.bytes()));
    if (manifest.nonce() != m_nonce)
      return broken("a manifest of another run");
    m_manifests.push_back({std::move(mapping), manifest});
    return {};
  }

  static Result<MappedRegion> map_sealed(int file, const char* name) {
    if (!is_sealed_against_changes(file))
      return broken(std::string(name) + " that can still change");
    IMGOPT_ASSIGN(const FileStatus status, stat_descriptor(file, name));
    // An empty file cannot be mapped, and is a source like any other that is no image.
    if (status.stat.size == 0)
      return MappedRegion();
    return MappedRegion::map(file, static_cast<std::size_t>(status.stat.size), Access::read_only, name);
  }

  Result<void> do_record(Packet& packet) {
    IMGOPT_ASSIGN(const RecordMessage message, read_message<RecordMessage>(packet, 2));
    if (message.manifest_id >= m_manifests.size() || message.sequence == 0)
      return broken("a record of no manifest");
    const BatchManifest& manifest = m_manifests[message.manifest_id].manifest;
    if (message.record >= manifest.records().size())
      return broken("a record that the manifest does not have");
    const BatchRecord& record = manifest.records()[message.record];
    std::vector<OutputSettings> outputs;
    for (const BatchOutput& output : manifest.outputs_of(record))
      outputs.push_back(manifest.settings_of(output));
    // Its size may be another than in the manifest: it was edited since.
    IMGOPT_ASSIGN(const MappedRegion source, map_sealed(packet.descriptors[0].get(), "source"));

    WorkerProgress& progress = m_results->progress;
    const auto waited = std::exchange(m_waited, {});
    if (std::exchange(m_has_begun, true))
      progress.idle_us.fetch_add(
          static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(waited).count()),
          std::memory_order_relaxed);
    progress.pixels.store(0, std::memory_order_relaxed);
    progress.outputs_done.store(0, std::memory_order_relaxed);
    progress.running_sequence.store(message.sequence, std::memory_order_release);
    begin_warning_budget();
    m_meter.begin();
    OutputWriter writer(packet.descriptors[1].get(), outputs.size(), progress);
    const Result<SourceInfo> info = read_source_info(source.bytes(), m_limits);
    if (info) {
      progress.pixels.store(info->total_pixels(), std::memory_order_relaxed);
      const std::uint64_t needed = needed_memory(*info, source.bytes().size(), outputs);
      if (message.memory_share != 0 && needed > message.memory_share) {
        progress.running_sequence.store(0, std::memory_order_release);
        NeedsMemoryMessage answer;
        answer.sequence = message.sequence;
        answer.bytes = needed;
        return send_message(m_socket, answer);
      }
      optimize_record(source.bytes(), *info, outputs, m_limits,
                      [&](std::size_t index, const ResultSlot& slot, ByteView bytes) {
                        writer.take(index, slot, bytes);
                      });
    } else {
      for (std::size_t index = 0; index < outputs.size(); ++index)
        writer.take(index, failed_slot(outputs[index].format, info.error()), {});
    }
    return publish(message, writer.take_slots());
  }

  Result<void> publish(const RecordMessage& message, std::vector<ResultSlot> slots) {
    RecordResult result;
    result.record = message.record;
    result.cpu_us = m_meter.cpu_microseconds();
    result.peak_memory = m_meter.peak_memory();
    result.outputs = std::move(slots);
    m_results->progress.decoder_warnings.store(decoder_warning_count(), std::memory_order_relaxed);
    publish_bank(*m_results, message.sequence, result);
    m_results->progress.running_sequence.store(0, std::memory_order_release);
    DoneMessage done;
    done.sequence = message.sequence;
    return send_message(m_socket, done);
  }

  int m_socket;
  MappedRegion m_segment;
  ResultsSegment* m_results = nullptr;  // in m_segment; set once set up
  std::array<std::uint8_t, 16> m_nonce{};
  SourceLimits m_limits;
  ResourceMeter m_meter;
  std::chrono::steady_clock::duration m_waited{};  // since the last record
  bool m_has_begun = false;                        // a record
  std::vector<LoadedManifest> m_manifests;
};

}  // namespace

Result<void> serve(int socket) {
  // The tool decides about interrupts; workers end with their socket, or with the tool.
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGTERM, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // an output beyond its limit is a failed write
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  return ServeLoop(socket).run();
}

}  // namespace imgopt
