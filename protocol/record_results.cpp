#include "protocol/record_results.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace imgopt {

namespace {

// A worker may write to its pages at any time: what is checked must be what is used, so no compiler may read
// it twice.
template <typename Number>
Number read_once(const Number& shared) {
  return *static_cast<const volatile Number*>(&shared);
}

// A failure has neither bytes nor an image that could be told of.
ResultSlot failure_in(const ResultSlot& slot) {
  ResultSlot failure;
  failure.status = slot.status;
  failure.failure = slot.failure;
  failure.encodings = slot.encodings;
  failure.cpu_us = slot.cpu_us;
  failure.message = slot.message;
  return failure;
}

// No two outputs share bytes, so that all together are no larger than their file.
Result<void> check_ranges(const std::vector<ResultSlot>& slots) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  for (const ResultSlot& slot : slots)
    if (slot.status == static_cast<std::uint32_t>(SlotStatus::encoded))
      ranges.emplace_back(slot.offset, slot.offset + slot.length);
  std::sort(ranges.begin(), ranges.end());
  for (std::size_t i = 1; i < ranges.size(); ++i)
    if (ranges[i].first < ranges[i - 1].second)
      return senseless_result("two outputs lie in the same place");
  return {};
}

Result<void> check(const ResultSlot& slot, std::uint64_t output_bytes) {
  if (slot.failure > static_cast<std::uint32_t>(FailureKind::memory))
    return senseless_result("unknown kind of failure");
  if ((slot.notes & ~k_all_notes) != 0)
    return senseless_result("unknown notes");
  switch (static_cast<SlotStatus>(slot.status)) {
    case SlotStatus::encoded:
      if (slot.length == 0 || slot.offset > output_bytes || slot.length > output_bytes - slot.offset)
        return senseless_result("an output lies outside its memory file");
      [[fallthrough]];
    case SlotStatus::original_is_best:
      if (slot.format == 0 || slot.format >= k_format_slots)
        return senseless_result("unknown format");
      if (slot.width == 0 || slot.height == 0 || slot.frames == 0)
        return senseless_result("an output without dimensions");
      return {};
    case SlotStatus::failed:
      return {};
    case SlotStatus::none:
      break;
  }
  return senseless_result("an output without a status");
}

}  // namespace

tl::unexpected<Error> senseless_result(std::string_view why) {
  return fail(ErrorCode::worker_crashed, std::string("the worker's results make no sense: ").append(why));
}

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
    return senseless_result("they are not the dispatched record's");
  result.peak_memory = read_once(bank.peak_memory);
  result.cpu_us = read_once(bank.cpu_us);
  result.outputs.assign(bank.slots.begin(), bank.slots.begin() + count);
  std::atomic_signal_fence(std::memory_order_seq_cst);  // from here on only the copy is looked at
  for (ResultSlot& slot : result.outputs) {
    slot.message.back() = '\0';
    IMGOPT_TRY(check(slot, output_bytes));
    if (slot.status == static_cast<std::uint32_t>(SlotStatus::failed))
      slot = failure_in(slot);
  }
  IMGOPT_TRY(check_ranges(result.outputs));
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
