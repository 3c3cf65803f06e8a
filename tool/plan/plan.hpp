// The plan: what is to be done for each output, decided from facts alone.
//
// A Planner touches no disk, process or clock: the facts are gathered before it and its decisions are carried
// out after it, so that every case of the incremental decision is tested without any of them. It takes facts
// source by source, so that those of all sources need not be in memory at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "protocol/output_settings.hpp"

namespace imgopt {

// What the cache has under an output's key.
enum class CachedAs : std::uint8_t { nothing, result, failure };

// What is known of one wanted output.
struct OutputFacts {
  Digest128 key;
  OutputSettings settings;
  // How many formats are encoded for it to choose among: then it is a record of its own.
  std::size_t encodings = 1;
  // The key of the file that stands at its path, where our state says so and its content is what we wrote.
  std::optional<Digest128> standing_key;
  CachedAs cached = CachedAs::nothing;
};

struct SourceFacts {
  std::uint64_t size = 0;  // bytes
  std::vector<OutputFacts> outputs;
};

enum class Action : std::uint8_t {
  leave,    // it is up to date
  restore,  // the cache has it
  encode,
  share,  // another output of this run has the same key: made once, delivered twice
  fail    // the cache knows that it fails
};

struct OutputRef {
  std::uint32_t source = 0;
  std::uint32_t output = 0;
  auto operator<=>(const OutputRef&) const = default;
};

struct PlannedOutput {
  Action action = Action::leave;
  OutputRef shares_with;  // for Action::share: the output that is encoded
};

// A unit of work for a worker: outputs of one source that are worth making together.
struct PlannedRecord {
  std::uint32_t source = 0;
  std::uint32_t first_output = 0;  // into Plan::outputs
  std::uint32_t output_count = 0;
  std::uint64_t cost = 0;
};

struct Plan {
  std::vector<PlannedRecord> records;  // costliest first; ties in source order
  std::vector<std::uint32_t> outputs;  // of all records: indices into their sources' outputs, ascending

  [[nodiscard]] std::span<const std::uint32_t> outputs_of(const PlannedRecord& record) const {
    return std::span(outputs).subspan(record.first_output, record.output_count);
  }
};

// CPU time that encoding one output is expected to take, microseconds, by what is known before it is decoded.
[[nodiscard]] std::uint64_t expected_cost_us(const OutputSettings& settings, std::uint64_t source_bytes);

class Planner {
public:
  // Decides about the outputs of the next source; `planned` has a place for each. Equal keys are known by the
  // order in which sources are added.
  void add(const SourceFacts& facts, std::span<PlannedOutput> planned);
  [[nodiscard]] bool has_records() const { return !m_plan.records.empty(); }
  [[nodiscard]] Plan finish() &&;

private:
  // The outputs that are encoded, found by key: an open hash of indices into a list, since a node for each of
  // 100,000 outputs would take twice as much and leave the heap in pieces.
  struct Encoded {
    Digest128 key;
    OutputRef output;
  };
  [[nodiscard]] std::optional<OutputRef> find_or_add(const Digest128& key, const OutputRef& output);
  void grow_table();
  void add_records(const SourceFacts& facts, std::span<const PlannedOutput> planned);
  void add_record(std::span<const std::uint32_t> outputs, std::uint64_t cost);

  Plan m_plan;
  std::vector<Encoded> m_encoded;
  std::vector<std::uint32_t> m_table;  // a power of two of places: 0, or an index into m_encoded and 1
  std::uint32_t m_source = 0;
};

}  // namespace imgopt
