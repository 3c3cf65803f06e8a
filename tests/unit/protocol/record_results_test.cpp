#include "protocol/record_results.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>

namespace imgopt {
namespace {

constexpr std::uint64_t k_output_bytes = 1000;
constexpr std::uint32_t k_record = 7;

ResultSlot encoded_slot() {
  ResultSlot slot;
  slot.status = static_cast<std::uint32_t>(SlotStatus::encoded);
  slot.format = static_cast<std::uint32_t>(ImageFormat::webp);
  slot.width = 640;
  slot.height = 480;
  slot.frames = 1;
  slot.offset = 100;
  slot.length = 900;
  return slot;
}

RecordResult two_outputs() {
  RecordResult result;
  result.record = k_record;
  result.peak_memory = 5;
  result.cpu_us = 6;
  result.outputs = {encoded_slot(), ResultSlot()};
  result.outputs[1].status = static_cast<std::uint32_t>(SlotStatus::failed);
  result.outputs[1].failure = static_cast<std::uint32_t>(FailureKind::corrupt_image);
  set_message(result.outputs[1], "truncated");
  return result;
}

class RecordResultsTest : public testing::Test {
protected:
  Result<std::optional<RecordResult>> copied(std::uint64_t sequence = 1, std::uint32_t record = k_record,
                                             std::uint32_t outputs = 2) const {
    return copy_bank(*segment, sequence, record, outputs, k_output_bytes);
  }
  std::unique_ptr<ResultsSegment> segment = std::make_unique<ResultsSegment>();
};

TEST_F(RecordResultsTest, GiveNothingBeforeTheyArePublished) {
  EXPECT_FALSE(copied().value());
  publish_bank(*segment, 1, two_outputs());
  EXPECT_TRUE(copied().value());
  EXPECT_FALSE(copied(2).value());
}

TEST_F(RecordResultsTest, AreCopiedAsTheyWerePublished) {
  publish_bank(*segment, 1, two_outputs());
  const RecordResult result = *copied().value();
  EXPECT_EQ(result.record, k_record);
  EXPECT_EQ(result.peak_memory, 5u);
  EXPECT_EQ(result.cpu_us, 6u);
  ASSERT_EQ(result.outputs.size(), 2u);
  EXPECT_EQ(result.outputs[0].length, 900u);
  EXPECT_EQ(message_of(result.outputs[1]), "truncated");
}

TEST_F(RecordResultsTest, KeepRecordsApart) {
  RecordResult second = two_outputs();
  second.record = k_record + 1;
  publish_bank(*segment, 1, two_outputs());
  publish_bank(*segment, 2, second);
  EXPECT_EQ(copied(1).value()->record, k_record);
  EXPECT_EQ(copied(2, k_record + 1).value()->record, k_record + 1);
  publish_bank(*segment, 1 + k_result_banks, second);
  EXPECT_FALSE(copied(1).value());
}

TEST_F(RecordResultsTest, AreNonsenseForAnotherRecordOrAnotherNumberOfOutputs) {
  publish_bank(*segment, 1, two_outputs());
  EXPECT_EQ(copied(1, k_record + 1).error().code, ErrorCode::worker_crashed);
  EXPECT_EQ(copied(1, k_record, 1).error().code, ErrorCode::worker_crashed);
  segment->banks[1].output_count = UINT32_MAX;
  EXPECT_EQ(copied(1, k_record, UINT32_MAX).error().code, ErrorCode::worker_crashed);
}

TEST_F(RecordResultsTest, AreNonsenseWhereTwoOutputsShareBytes) {
  const auto is_believed = [&](std::uint64_t offset, std::uint64_t length) {
    RecordResult result = two_outputs();
    result.outputs[1] = encoded_slot();
    result.outputs[1].offset = offset;
    result.outputs[1].length = length;
    publish_bank(*segment, 1, result);
    const auto copy = copied();
    if (!copy) {
      EXPECT_EQ(copy.error().message,
                "the worker's results make no sense: two outputs lie in the same place");
    }
    return copy.has_value();
  };
  EXPECT_TRUE(is_believed(0, 100));
  EXPECT_FALSE(is_believed(0, 101));
  EXPECT_FALSE(is_believed(100, 900));
  EXPECT_FALSE(is_believed(999, 1));
}

TEST_F(RecordResultsTest, TellOfNoImageWhereItFailed) {
  RecordResult result = two_outputs();
  ResultSlot& failed = result.outputs[1];
  failed.format = 300;
  failed.width = failed.height = failed.frames = 7;
  failed.offset = failed.length = 1;
  failed.notes = bit(OutputNote::passed_through);
  failed.score = 5;
  failed.encodings = 2;
  publish_bank(*segment, 1, result);
  const ResultSlot copy = copied().value()->outputs[1];
  EXPECT_EQ(copy.format, 0u);
  EXPECT_EQ(copy.width + copy.height + copy.frames, 0u);
  EXPECT_EQ(copy.offset + copy.length, 0u);
  EXPECT_EQ(copy.notes, 0u);
  EXPECT_EQ(copy.score, k_no_score);
  EXPECT_EQ(copy.encodings, 2u);
  EXPECT_EQ(message_of(copy), "truncated");
}

TEST_F(RecordResultsTest, EndMessagesThatTheWorkerDidNot) {
  RecordResult result = two_outputs();
  result.outputs[1].message.fill('x');
  publish_bank(*segment, 1, result);
  EXPECT_EQ(message_of(copied().value()->outputs[1]), std::string(k_result_message_bytes - 1, 'x'));
}

TEST_F(RecordResultsTest, NeverLeadOutsideWhicheverByteOfASlotIsFlipped) {
  publish_bank(*segment, 1, two_outputs());
  ResultSlot& slot = segment->banks[1].slots[0];
  auto* bytes = reinterpret_cast<std::uint8_t*>(&slot);
  for (std::size_t at = 0; at < sizeof(ResultSlot); ++at)
    for (const int mask : {0x01, 0x80, 0xff}) {
      bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ mask);
      const auto result = copied();
      bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ mask);
      if (!result) {
        EXPECT_EQ(result.error().code, ErrorCode::worker_crashed);
        continue;
      }
      const ResultSlot& copy = (*result)->outputs[0];
      if (copy.status == static_cast<std::uint32_t>(SlotStatus::encoded)) {
        EXPECT_LE(copy.offset, k_output_bytes) << at;
        EXPECT_LE(copy.length, k_output_bytes - copy.offset) << at;
        EXPECT_GT(copy.length, 0u) << at;
      }
      EXPECT_LT(message_of(copy).size(), k_result_message_bytes);
    }
}

TEST_F(RecordResultsTest, MessagesAreCutToTheirRoom) {
  ResultSlot slot;
  set_message(slot, std::string(1000, 'y'));
  EXPECT_EQ(message_of(slot).size(), k_result_message_bytes - 1);
  set_message(slot, "short");
  EXPECT_EQ(message_of(slot), "short");
}

struct Slot {
  std::string name;
  std::string nonsense;  // empty: it makes sense
  void (*change)(ResultSlot&);
};

class SlotTest : public testing::TestWithParam<Slot> {};

TEST_P(SlotTest, IsBelievedOnlyWhereItMakesSense) {
  auto segment = std::make_unique<ResultsSegment>();
  RecordResult result;
  result.record = k_record;
  result.outputs = {encoded_slot()};
  GetParam().change(result.outputs[0]);
  publish_bank(*segment, 1, result);
  const auto copy = copy_bank(*segment, 1, k_record, 1, k_output_bytes);
  EXPECT_EQ(copy.has_value(), GetParam().nonsense.empty());
  if (!copy) {
    EXPECT_EQ(copy.error().code, ErrorCode::worker_crashed);
    EXPECT_EQ(copy.error().message, "the worker's results make no sense: " + GetParam().nonsense);
  }
}

void set_status(ResultSlot& slot, SlotStatus status) {
  slot.status = static_cast<std::uint32_t>(status);
}

INSTANTIATE_TEST_SUITE_P(
    Slots, SlotTest,
    testing::Values(Slot{"UpToTheEnd", "", [](ResultSlot&) {}},
                    Slot{"OneByteTooLong", "an output lies outside its memory file",
                         [](ResultSlot& s) { s.length = 901; }},
                    Slot{"StartBeyondTheEnd", "an output lies outside its memory file",
                         [](ResultSlot& s) { s.offset = 1001; }},
                    Slot{"RangeThatWraps", "an output lies outside its memory file",
                         [](ResultSlot& s) {
                           s.offset = 100;
                           s.length = UINT64_MAX - 50;
                         }},
                    Slot{"OffsetThatWraps", "an output lies outside its memory file",
                         [](ResultSlot& s) { s.offset = UINT64_MAX - 50; }},
                    Slot{"NoBytes", "an output lies outside its memory file",
                         [](ResultSlot& s) { s.length = 0; }},
                    Slot{"NoStatus", "an output without a status",
                         [](ResultSlot& s) { set_status(s, SlotStatus::none); }},
                    Slot{"UnknownStatus", "an output without a status", [](ResultSlot& s) { s.status = 4; }},
                    Slot{"UnknownFailure", "unknown kind of failure", [](ResultSlot& s) { s.failure = 7; }},
                    Slot{"EveryNote", "", [](ResultSlot& s) { s.notes = k_all_notes; }},
                    Slot{"UnknownNote", "unknown notes", [](ResultSlot& s) { s.notes = k_all_notes + 1; }},
                    Slot{"NoFormat", "unknown format", [](ResultSlot& s) { s.format = 0; }},
                    Slot{"UnknownFormat", "unknown format", [](ResultSlot& s) { s.format = 8; }},
                    Slot{"NoWidth", "an output without dimensions", [](ResultSlot& s) { s.width = 0; }},
                    Slot{"NoHeight", "an output without dimensions", [](ResultSlot& s) { s.height = 0; }},
                    Slot{"NoFrames", "an output without dimensions", [](ResultSlot& s) { s.frames = 0; }},
                    Slot{"OriginalWithoutARange", "",
                         [](ResultSlot& s) {
                           set_status(s, SlotStatus::original_is_best);
                           s.length = 0;
                         }},
                    Slot{"OriginalWithoutDimensions", "an output without dimensions",
                         [](ResultSlot& s) {
                           set_status(s, SlotStatus::original_is_best);
                           s.width = 0;
                         }},
                    Slot{"FailedWithNothing", "",
                         [](ResultSlot& s) {
                           s = ResultSlot();
                           set_status(s, SlotStatus::failed);
                         }}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace imgopt
