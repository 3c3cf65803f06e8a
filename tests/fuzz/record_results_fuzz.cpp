// Fuzzes copy_bank with whatever a worker may write into its results segment.
//
// input = sequence record output_count output_bytes   ; what the tool expects, 24 bytes
//         bank                                        ; the bytes of that sequence's bank; absent ones are
//         zero
#include "protocol/record_results.hpp"

#include <algorithm>
#include <memory>

#include "tests/fuzz/fuzz_target.hpp"

namespace imgopt::fuzz {
namespace {

struct Expectation {
  std::uint64_t sequence = 1;
  std::uint32_t record = 0;
  std::uint32_t output_count = 1;
  std::uint64_t output_bytes = 0;
};

void copy_and_check(const ResultsSegment& segment, const Expectation& expected) {
  const auto copied =
      copy_bank(segment, expected.sequence, expected.record, expected.output_count, expected.output_bytes);
  if (!copied) {
    require(copied.error().code == ErrorCode::worker_crashed, "nonsense is the worker's fault");
    return;
  }
  if (!*copied)
    return;
  const RecordResult& result = **copied;
  require(result.record == expected.record && result.outputs.size() == expected.output_count,
          "a result is the record's");
  std::uint64_t all_bytes = 0;
  for (const ResultSlot& slot : result.outputs) {
    require(message_of(slot).size() < k_result_message_bytes, "a message ends");
    if (slot.status == static_cast<std::uint32_t>(SlotStatus::failed)) {
      require(slot.format == 0 && slot.width == 0 && slot.length == 0, "a failure tells of no image");
      continue;
    }
    require(slot.format > 0 && slot.format < k_format_slots, "an output has a format");
    if (slot.status == static_cast<std::uint32_t>(SlotStatus::encoded)) {
      require(slot.length > 0 && slot.length <= expected.output_bytes &&
                  slot.offset <= expected.output_bytes - slot.length,
              "an output lies inside its memory file");
      all_bytes += slot.length;
    }
  }
  require(all_bytes <= expected.output_bytes, "outputs are no larger than their memory file");
}

Bytes bank_of(std::size_t outputs, SlotStatus status) {
  const Expectation expected{1, 3, static_cast<std::uint32_t>(outputs), 4096};
  RecordResult result;
  result.record = expected.record;
  result.outputs.resize(outputs);
  for (std::size_t i = 0; i < outputs; ++i) {
    ResultSlot& slot = result.outputs[i];
    slot.status = static_cast<std::uint32_t>(status);
    slot.format = static_cast<std::uint32_t>(ImageFormat::webp);
    slot.width = slot.height = slot.frames = 1;
    slot.offset = 16 * i;
    slot.length = status == SlotStatus::encoded ? 16 : 0;
    set_message(slot, "a message");
  }
  const auto segment = std::make_unique<ResultsSegment>();
  publish_bank(*segment, expected.sequence, result);
  Bytes bytes;
  append_object(bytes, expected);
  const std::size_t used = offsetof(ResultBank, slots) + outputs * sizeof(ResultSlot);
  append(bytes, ByteView{reinterpret_cast<const std::uint8_t*>(&segment->banks[1]), used});
  return bytes;
}

}  // namespace

Corpus make_corpus() {
  return {{{"encoded", bank_of(1, SlotStatus::encoded)},
           {"several", bank_of(5, SlotStatus::encoded)},
           {"original", bank_of(2, SlotStatus::original_is_best)},
           {"failed", bank_of(1, SlotStatus::failed)},
           {"none", bank_of(1, SlotStatus::none)}},
          {std::string("\x40\0\0\0", 4), std::string(8, '\xff')}};
}

}  // namespace imgopt::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace imgopt;
  fuzz::InputReader input({data, size});
  const auto expected = input.take<fuzz::Expectation>();
  const auto segment = std::make_unique<ResultsSegment>();
  // As another process would write it; the atomics are lock-free, hence plain bytes.
  auto* const bank = reinterpret_cast<std::uint8_t*>(&segment->banks[expected.sequence % k_result_banks]);
  const std::size_t count = std::min(input.rest().size(), sizeof(ResultBank));
  if (count > 0)
    std::memcpy(bank, input.rest().data(), count);
  fuzz::copy_and_check(*segment, expected);
  segment->banks[expected.sequence % k_result_banks].published_sequence = expected.sequence;
  fuzz::copy_and_check(*segment, expected);
  return 0;
}
