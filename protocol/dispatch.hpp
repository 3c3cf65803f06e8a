// Dispatch messages: what passes over the SOCK_SEQPACKET pair between the tool and one worker.
//
// One packet is one message, a fixed struct that starts with its kind; descriptors travel beside it.
// The tool sends `setup` once, then manifests and records; the worker answers `ready` once, then for every
// record either `done` (its result is published) or `needs_memory` (it was not begun). Closing the socket
// ends the worker. Numbers are in the machine's byte order.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

namespace imgopt {

inline constexpr std::uint32_t k_dispatch_version = 1;
// The descriptor on which a worker finds its socket.
inline constexpr int k_worker_socket = 3;

// Values never change.
enum class DispatchKind : std::uint32_t {
  setup = 1,         // tool: limits; descriptor: the results segment
  manifest = 2,      // tool: descriptor: a sealed manifest
  record = 3,        // tool: do this record; descriptors: source (sealed), output (to be written)
  ready = 16,        // worker: set up, sandbox entered
  done = 17,         // worker: the record's bank is published
  needs_memory = 18  // worker: the record needs more than its share; nothing was done
};

enum class SandboxMode : std::uint32_t {
  off = 0,      // for debugging
  on = 1,       // as much as the kernel offers
  required = 2  // all of it, or the worker ends
};

// What of the sandbox is active; bits of ReadyMessage::sandbox.
enum class SandboxLayer : std::uint32_t {
  no_new_privs = 1,
  seccomp = 2,
  landlock = 4,
  rlimits = 8,
  no_capabilities = 16
};

struct SetupMessage {
  DispatchKind kind = DispatchKind::setup;
  std::uint32_t version = k_dispatch_version;
  SandboxMode sandbox = SandboxMode::on;
  std::uint32_t max_frames = 0;          // limits of one source, checked before decoding
  std::uint64_t max_pixels = 0;          // width * height of one frame
  std::uint64_t max_total_pixels = 0;    // width * height * frames
  std::uint64_t max_output_bytes = 0;    // of all outputs of a record together
  std::uint64_t address_space = 0;       // RLIMIT_AS in bytes; 0: none
  std::uint64_t max_metadata_bytes = 0;  // EXIF, XMP, ICC... of one source
  std::uint32_t max_jpeg_scans = 0;
  std::uint32_t reserved = 0;
  std::array<std::uint8_t, 16> nonce{};  // every manifest of this run carries it
  bool operator==(const SetupMessage&) const = default;
};

struct ManifestMessage {
  DispatchKind kind = DispatchKind::manifest;
  std::uint32_t manifest_id = 0;  // counted from 0; a worker gets each manifest once, in this order
};

struct RecordMessage {
  DispatchKind kind = DispatchKind::record;
  std::uint32_t manifest_id = 0;
  std::uint32_t record = 0;  // index into the manifest's records
  std::uint32_t reserved = 0;
  std::uint64_t sequence = 0;      // counted per worker from 1
  std::uint64_t memory_share = 0;  // bytes the worker may use for it
};

struct ReadyMessage {
  DispatchKind kind = DispatchKind::ready;
  std::uint32_t version = k_dispatch_version;
  std::uint32_t sandbox = 0;  // SandboxLayer bits
  std::uint32_t reserved = 0;
};

struct DoneMessage {
  DispatchKind kind = DispatchKind::done;
  std::uint32_t reserved = 0;
  std::uint64_t sequence = 0;
};

struct NeedsMemoryMessage {
  DispatchKind kind = DispatchKind::needs_memory;
  std::uint32_t reserved = 0;
  std::uint64_t sequence = 0;
  std::uint64_t bytes = 0;  // an estimate from the header
};

// Long enough for every message.
inline constexpr std::size_t k_max_dispatch_bytes = 128;
static_assert(sizeof(SetupMessage) <= k_max_dispatch_bytes && std::is_trivially_copyable_v<SetupMessage>);
static_assert(std::has_unique_object_representations_v<SetupMessage> &&
              std::has_unique_object_representations_v<RecordMessage> &&
              std::has_unique_object_representations_v<ReadyMessage> &&
              std::has_unique_object_representations_v<DoneMessage> &&
              std::has_unique_object_representations_v<NeedsMemoryMessage>);

}  // namespace imgopt
