#include "protocol/record_results.hpp"

#include <algorithm>
#include <cstring>

namespace imgopt {

namespace {

tl::unexpected<Error> nonsense(std::string what) {
  return fail(ErrorCode::worker_crashed, "the worker's results make no sense: " + std::move(what));
}

// A worker may write to its pages at any time: what is checked must be what is used, so no compiler may read
// it twice.
template <typename Number>
Number read_once(const Number& shared) {
  return *static_cast<const volatile Number*>(&shared);
}

Result<void> check(const ResultSlot& slot, std::uint64_t output_bytes) {
  if (slot.failure > static_cast<std::uint32_t>(FailureKind::memory))
    return nonsense("unknown kind of failure");
  if ((slot.notes & ~k_all_notes) != 0)
    return nonsense("unknown notes");
  switch (static_cast<SlotStatus>(slot.status)) {
    case SlotStatus::encoded:
      if (slot.length == 0 || slot.offset > output_bytes || slot.length > output_bytes - slot.offset)
        return nonsense("an output lies outside its memory file");
      [[fallthrough]];
    case SlotStatus::original_is_best:
      if (slot.format == 0 || slot.format >= k_format_slots)
        return nonsense("unknown format");
      if (slot.width == 0 || slot.height == 0 || slot.frames == 0)
        return nonsense("an output without dimensions");
      return {};
    case SlotStatus::failed:
      return {};
    case SlotStatus::none:
      break;
  }
  return nonsense("an output without a status");
}

}  // namespace

Result<std::optional<RecordResult>> copy_bank(const ResultsSegment& segment, std::uint64_t sequence,
                                              std::uint32_t record, std::uint32_t output_count,
                                              std::uint64_t output_bytes) {
  const ResultBank& bank = segment.banks[sequence % k_result_banks];
  if (bank.published_sequence.load(std::memory_order_acquire) != sequence)
    return std::nullopt;
  RecordResult result;
  result.record = read_once(bank.record);
  const std::uint32_t count = read_once(bank.output_count);
  if (result.record != record || count != output_count || count > k_max_outputs_per_record)
    return nonsense("they are not the dispatched record's");
  result.peak_memory = read_once(bank.peak_memory);
  result.cpu_us = read_once(bank.cpu_us);
  result.outputs.assign(bank.slots.begin(), bank.slots.begin() + count);
  std::atomic_signal_fence(std::memory_order_seq_cst);  // from here on only the copy is looked at
  for (ResultSlot& slot : result.outputs) {
    slot.message.back() = '\0';
    IMGOPT_TRY(check(slot, output_bytes));
  }
  return result;
}

void publish_bank(ResultsSegment& segment, std::uint64_t sequence, const RecordResult& result) {
  ResultBank& bank = segment.banks[sequence % k_result_banks];
  bank.record = result.record;
  bank.output_count = static_cast<std::uint32_t>(result.outputs.size());
  bank.peak_memory = result.peak_memory;
  bank.cpu_us = result.cpu_us;
  std::copy(result.outputs.begin(), result.outputs.end(), bank.slots.begin());
  bank.published_sequence.store(sequence, std::memory_order_release);
}

void set_message(ResultSlot& slot, std::string_view text) {
  const std::size_t length = std::min(text.size(), slot.message.size() - 1);
  std::copy_n(text.data(), length, slot.message.data());
  slot.message[length] = '\0';
}

std::string_view message_of(const ResultSlot& slot) {
  return {slot.message.data(), ::strnlen(slot.message.data(), slot.message.size())};
}

}  // namespace imgopt
