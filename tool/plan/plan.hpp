// The plan: what is to be done for each output, decided from facts alone.
//
// make_plan touches no disk, process or clock: the facts are gathered before it and its decisions are carried
// out after it, so that every case of the incremental decision is tested without any of them.
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
enum class CachedAs { nothing, result, failure };

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
  std::size_t source = 0;
  std::size_t output = 0;
  auto operator<=>(const OutputRef&) const = default;
};

struct PlannedOutput {
  Action action = Action::leave;
  OutputRef shares_with;  // for Action::share: the output that is encoded
};

// A unit of work for a worker: outputs of one source that are worth making together.
struct PlannedRecord {
  std::size_t source = 0;
  std::vector<std::size_t> outputs;  // indices into the source's outputs, ascending
  std::uint64_t cost = 0;
};

struct Plan {
  std::vector<std::vector<PlannedOutput>> outputs;  // as in the facts
  std::vector<PlannedRecord> records;               // costliest first; ties in source order
};

// CPU time that encoding one output is expected to take, microseconds, by what is known before it is decoded.
[[nodiscard]] std::uint64_t expected_cost_us(const OutputSettings& settings, std::uint64_t source_bytes);

[[nodiscard]] Plan make_plan(std::span<const SourceFacts> sources);

}  // namespace imgopt
