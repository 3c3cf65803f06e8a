// The batch manifest: the mapped, sealed description of records that the tool hands to its workers.
//
// The tool builds one in memory (BatchBuilder), copies it into a sealed memory file and passes the descriptor
// to every worker; a worker maps it read-only and reads it through BatchManifest, which checks every offset,
// count and value before it hands out a span. Nothing in it is a pointer, a path or a lock. It holds any
// number of records. One manifest is immutable; late hashes and retries append another with the next
// `manifest_id`.
//
//   manifest = header sources records outputs settings
//   header   = magic version header_size total_size nonce counts offsets   ; BatchHeader, 128 bytes
//   sources  = { BatchSource }      ; 40 bytes each, what is read
//   records  = { BatchRecord }      ; 24 bytes each, one source and a contiguous range of outputs
//   outputs  = { BatchOutput }      ; 24 bytes each, a key and the index of its settings
//   settings = { OutputSettings }   ; 40 bytes each, every distinct one once
//
// All numbers are in the machine's byte order: a manifest never leaves the machine. Every table starts at a
// multiple of 8. A version mismatch is an error: tool and worker are built together.
#pragma once

#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/result.hpp"
#include "protocol/output_settings.hpp"

namespace imgopt {

inline constexpr std::uint64_t k_batch_magic = 0x4854424f474d49ULL;  // "IMGOBTH" and a zero byte
inline constexpr std::uint32_t k_batch_version = 1;

// How many outputs one record may have: the planner splits longer lists, a worker refuses them.
inline constexpr std::uint32_t k_max_outputs_per_record = 64;

struct BatchHeader {
  std::uint64_t magic = k_batch_magic;
  std::uint32_t version = k_batch_version;
  std::uint32_t header_size = 128;
  std::uint64_t total_size = 0;
  std::array<std::uint8_t, 16> nonce{};  // the run's; a manifest of another run is refused
  std::uint32_t source_count = 0;
  std::uint32_t record_count = 0;
  std::uint32_t output_count = 0;
  std::uint32_t settings_count = 0;
  std::uint64_t sources_offset = 0;
  std::uint64_t records_offset = 0;
  std::uint64_t outputs_offset = 0;
  std::uint64_t settings_offset = 0;
  std::array<std::uint64_t, 5> reserved{};
};
static_assert(sizeof(BatchHeader) == 128 && std::is_trivially_copyable_v<BatchHeader>);

struct BatchSource {
  std::uint64_t size = 0;    // bytes, as it was identified; edited since, it has others
  Digest128 digest;          // of those bytes, under the run's secret
  std::uint32_t format = 0;  // ImageFormat by magic number
  std::uint32_t reserved = 0;
  std::uint64_t reserved2 = 0;
};
static_assert(sizeof(BatchSource) == 40 && std::has_unique_object_representations_v<BatchSource>);

struct BatchRecord {
  std::uint32_t source = 0;        // index into sources
  std::uint32_t first_output = 0;  // index into outputs
  std::uint32_t output_count = 0;  // 1..k_max_outputs_per_record
  std::uint32_t reserved = 0;
  std::uint64_t cost = 0;  // estimated work, in no unit: greater is dispatched earlier
};
static_assert(sizeof(BatchRecord) == 24 && std::has_unique_object_representations_v<BatchRecord>);

struct BatchOutput {
  Digest128 key;
  std::uint32_t settings = 0;  // index into settings
  std::uint32_t reserved = 0;
};
static_assert(sizeof(BatchOutput) == 24 && std::has_unique_object_representations_v<BatchOutput>);

// Reads a manifest out of bytes that must stay mapped as long as it is used. Safe on hostile bytes: `open`
// checks the header, all offsets, all indices and all settings.
class BatchManifest {
public:
  // Fails with ErrorCode::corrupt. `bytes` starts at an address that is a multiple of 8.
  [[nodiscard]] static Result<BatchManifest> open(ByteView bytes);

  [[nodiscard]] const std::array<std::uint8_t, 16>& nonce() const { return m_nonce; }
  [[nodiscard]] std::span<const BatchSource> sources() const { return m_sources; }
  [[nodiscard]] std::span<const BatchRecord> records() const { return m_records; }
  [[nodiscard]] std::span<const BatchOutput> outputs() const { return m_outputs; }
  [[nodiscard]] std::span<const OutputSettings> settings() const { return m_settings; }

  [[nodiscard]] const BatchSource& source_of(const BatchRecord& record) const {
    return m_sources[record.source];
  }
  [[nodiscard]] std::span<const BatchOutput> outputs_of(const BatchRecord& record) const {
    return m_outputs.subspan(record.first_output, record.output_count);
  }
  [[nodiscard]] const OutputSettings& settings_of(const BatchOutput& output) const {
    return m_settings[output.settings];
  }

private:
  std::array<std::uint8_t, 16> m_nonce{};
  std::span<const BatchSource> m_sources;
  std::span<const BatchRecord> m_records;
  std::span<const BatchOutput> m_outputs;
  std::span<const OutputSettings> m_settings;
};

// Collects records and lays them out as one manifest.
class BatchBuilder {
public:
  explicit BatchBuilder(const std::array<std::uint8_t, 16>& nonce) : m_nonce(nonce) {}

  // Returns the source's index, for add_record.
  std::uint32_t add_source(const BatchSource& source);
  struct Output {
    Digest128 key;
    OutputSettings settings;
  };
  // Appends a record; `outputs` has 1..k_max_outputs_per_record elements. Returns its index.
  std::uint32_t add_record(std::uint32_t source, std::span<const Output> outputs, std::uint64_t cost);

  [[nodiscard]] std::size_t record_count() const { return m_records.size(); }
  // Bytes of the manifest that `write` lays out.
  [[nodiscard]] std::size_t size() const;
  // Lays the manifest out in `out`, which has exactly size() bytes.
  void write(std::span<std::uint8_t> out) const;

private:
  std::uint32_t intern(const OutputSettings& settings);

  std::array<std::uint8_t, 16> m_nonce;
  std::vector<BatchSource> m_sources;
  std::vector<BatchRecord> m_records;
  std::vector<BatchOutput> m_outputs;
  std::vector<OutputSettings> m_settings;
};

}  // namespace imgopt
