// One record: a source and its outputs, as a pure function of the source's bytes, the settings and the
// limits.
//
// Nothing else decides about the bytes: not the other outputs of the record, not earlier records, not the
// clock. Outputs whose preparation is equal share the decoded and prepared picture, one at a time, so memory
// holds one decode and one prepared picture. Outputs are delivered one by one, in an order that serves that
// sharing. Nothing throws.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "protocol/output_settings.hpp"
#include "protocol/record_results.hpp"
#include "worker/source_image.hpp"

namespace imgopt {

// Takes the outcome of output number `index` with its bytes, which are empty unless the status is `encoded`,
// in which case offset and length of the slot are still to be set. Called once for each output.
using DeliverOutput = std::function<void(std::size_t index, const ResultSlot& slot, ByteView bytes)>;

// `source` is what read_source_info(bytes) gave.
void optimize_record(ByteView bytes, const SourceInfo& source, std::span<const OutputSettings> outputs,
                     const SourceLimits& limits, const DeliverOutput& deliver);

// The slot of an output that failed.
[[nodiscard]] ResultSlot failed_slot(ImageFormat format, const Error& error);

// Upper estimate of the memory that a record needs at one time, in bytes, worker and libraries included.
[[nodiscard]] std::uint64_t needed_memory(const SourceInfo& source, std::uint64_t source_bytes,
                                          std::span<const OutputSettings> outputs);

}  // namespace imgopt
