// Record results: the pages in which one worker tells what became of its records.
//
// Every worker has one results segment of its own: a sealed-size memory file made by the tool, mapped
// writable by that worker and by nobody else, read by the tool. It holds k_result_banks banks; record number
// `sequence` (counted per worker from 1) is written to bank `sequence % k_result_banks` and published with a
// release store of `sequence` to the bank. The tool keeps at most k_result_banks records with a worker, so a
// bank is never overwritten before it was read. The tool copies a bank once (copy_bank) and checks the copy:
// it trusts nothing that a worker says, and reads image bytes only from the output memory file, at ranges it
// has checked.
//
//   segment = header bank{k_result_banks}
//   header  = magic version bank_count, then progress: what the worker is doing now
//   bank    = published_sequence record status output_count message slot{k_max_outputs_per_record}
//
// No locks, no pointers. When a worker died, what it published stands and nothing else does.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "protocol/batch_manifest.hpp"

namespace imgopt {

inline constexpr std::uint64_t k_results_magic = 0x53455252474d49ULL;  // "IMGRRES" and a zero byte
inline constexpr std::uint32_t k_results_version = 4;
inline constexpr std::uint32_t k_result_banks = 16;
inline constexpr std::size_t k_result_message_bytes = 256;

// Values stand in shared pages: never change one.
enum class SlotStatus : std::uint32_t {
  none = 0,              // nothing was written
  encoded = 1,           // bytes at [offset, offset + length) of the output memory file
  original_is_best = 2,  // the source's own bytes are the output
  failed = 3             // the message says why
};

// What a worker says about an image that it cannot do. Values stand in shared pages: never change one.
enum class FailureKind : std::uint32_t {
  none = 0,
  corrupt_image = 1,      // clean decode error: the image's own fault, remembered under its key
  unsupported_image = 2,  // an image or output that cannot be handled: likewise
  limit = 3,              // pixels, frames, memory or time: depends on options, never remembered
  encoder = 4,            // encoding or verification failed
  internal = 5,
  memory = 6  // memory ran out below the worker's ceiling: tried again with more, never remembered
};

// Things about an output that a user must hear of; bits of ResultSlot::notes. Never change a value.
enum class OutputNote : std::uint32_t {
  orientation_kept = 1u << 0,  // could not be applied losslessly: kept as the only metadata
  gain_map_kept = 1u << 1,     // passed through for its gain map
  gain_map_dropped = 1u << 2,
  trailing_data_dropped = 1u << 3,  // bytes after the image's end
  cmyk_without_profile = 1u << 4,   // converted with a generic profile
  animation_passed_through = 1u << 5,
  animation_flattened = 1u << 6,  // the format holds one frame only
  depth_reduced = 1u << 7,        // 16 bits to 8, since the format holds no more
  alpha_flattened = 1u << 8,      // onto the background
  larger_than_source = 1u << 9,
  quality_raised = 1u << 10,     // verification asked for a better setting
  target_missed = 1u << 11,      // no setting reached the target score or byte limit
  profile_converted = 1u << 12,  // colours were converted to sRGB
  passed_through = 1u << 13,     // a property the lossless path does not handle: the bytes are the source's
  colors_reduced = 1u << 14      // quantised to the format's few colours, transparency to on or off
};

[[nodiscard]] constexpr std::uint32_t bit(OutputNote note) {
  return static_cast<std::uint32_t>(note);
}
inline constexpr std::uint32_t k_all_notes = 2 * bit(OutputNote::colors_reduced) - 1;

struct ResultSlot {
  std::uint32_t status = 0;   // SlotStatus
  std::uint32_t failure = 0;  // FailureKind
  std::uint32_t notes = 0;    // OutputNote bits
  std::uint32_t format = 0;   // ImageFormat of the output
  std::uint32_t width = 0;    // pixels, as displayed
  std::uint32_t height = 0;
  std::uint32_t frames = 0;
  std::uint32_t encodings = 0;  // how many times the image was encoded to find this output
  std::uint64_t offset = 0;     // into the output memory file
  std::uint64_t length = 0;
  std::int32_t score = INT32_MIN;  // SSIMULACRA 2 times 1000 where it was computed; k_no_score where not
  std::uint32_t reserved = 0;
  std::uint64_t cpu_us = 0;                            // this output's own CPU time
  std::array<char, k_result_message_bytes> message{};  // UTF-8, zero-terminated
};
static_assert(sizeof(ResultSlot) == 64 + k_result_message_bytes);

inline constexpr std::int32_t k_no_score = INT32_MIN;

struct ResultBank {
  std::atomic<std::uint64_t> published_sequence{0};
  std::uint32_t record = 0;
  std::uint32_t output_count = 0;
  std::uint64_t peak_memory = 0;  // bytes resident at most while this record ran
  std::uint64_t cpu_us = 0;       // the record's CPU time
  std::array<ResultSlot, k_max_outputs_per_record> slots;
};

// What the worker is doing: for deadlines and progress, never for decisions about bytes.
struct WorkerProgress {
  std::atomic<std::uint64_t> running_sequence{0};  // 0: idle
  std::atomic<std::uint64_t> pixels{0};            // of the running record's source, once its header was read
  std::atomic<std::uint32_t> outputs_done{0};
  std::atomic<std::uint32_t> decoder_warnings{0};    // since the worker's start
  std::atomic<std::uint32_t> failed_allocations{0};  // likewise
  std::uint32_t reserved = 0;
  std::atomic<std::uint64_t> idle_us{0};  // waited for a record, once the first had been done
};

struct ResultsSegment {
  std::uint64_t magic = k_results_magic;
  std::uint32_t version = k_results_version;
  std::uint32_t bank_count = k_result_banks;
  WorkerProgress progress;
  std::array<ResultBank, k_result_banks> banks;
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free &&
              std::atomic<std::uint32_t>::is_always_lock_free);

// A bank's content as the tool believes it.
struct RecordResult {
  std::uint32_t record = 0;
  std::uint64_t peak_memory = 0;
  std::uint64_t cpu_us = 0;
  std::vector<ResultSlot> outputs;  // as many as the record has; messages are zero-terminated
};

// ErrorCode::worker_crashed: results that no honest worker gives.
[[nodiscard]] tl::unexpected<Error> senseless_result(std::string_view why);

// Copies the bank of `sequence` once and checks the copy: the record's index, the number of outputs, every
// enum, and every range against the others and `output_bytes`, the real size of the output memory file. What
// describes an output is cleared where it failed. nullopt: not published yet. Fails with
// ErrorCode::worker_crashed where what stands there cannot be.
[[nodiscard]] Result<std::optional<RecordResult>> copy_bank(const ResultsSegment& segment,
                                                            std::uint64_t sequence, std::uint32_t record,
                                                            std::uint32_t output_count,
                                                            std::uint64_t output_bytes);

// Writes a record's outcome and publishes it. The worker's side of copy_bank.
void publish_bank(ResultsSegment& segment, std::uint64_t sequence, const RecordResult& result);

void set_message(ResultSlot& slot, std::string_view text);
[[nodiscard]] std::string_view message_of(const ResultSlot& slot);

}  // namespace imgopt
