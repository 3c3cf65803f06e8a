#include "tool/plan/format_choice.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace imgopt {
namespace {

constexpr std::uint64_t k_source_bytes = 1000;

ResultSlot encoded(std::uint64_t bytes, std::uint32_t notes = 0) {
  ResultSlot slot;
  slot.status = static_cast<std::uint32_t>(SlotStatus::encoded);
  slot.length = bytes;
  slot.notes = notes;
  return slot;
}

ResultSlot with_status(SlotStatus status) {
  ResultSlot slot;
  slot.status = static_cast<std::uint32_t>(status);
  return slot;
}

std::optional<std::size_t> choice_of(const std::vector<ResultSlot>& slots, Lossless lossless = Lossless::no) {
  std::vector<CandidateResult> candidates;
  for (const ResultSlot& slot : slots)
    candidates.push_back({lossless, &slot});
  return choose_candidate(candidates, k_source_bytes);
}

TEST(FormatChoice, TakesTheSmallest) {
  EXPECT_EQ(choice_of({encoded(30), encoded(10), encoded(20)}), 1u);
}

TEST(FormatChoice, TakesTheFirstAmongEquals) {
  EXPECT_EQ(choice_of({encoded(30), encoded(10), encoded(10)}), 1u);
}

TEST(FormatChoice, CountsAKeptOriginalWithTheSourcesBytes) {
  EXPECT_EQ(choice_of({encoded(1001), with_status(SlotStatus::original_is_best)}), 1u);
  EXPECT_EQ(choice_of({encoded(999), with_status(SlotStatus::original_is_best)}), 0u);
}

TEST(FormatChoice, PassesOverFailures) {
  EXPECT_EQ(choice_of({with_status(SlotStatus::failed), encoded(10)}), 1u);
  EXPECT_EQ(choice_of({with_status(SlotStatus::failed), with_status(SlotStatus::failed)}), std::nullopt);
}

TEST(FormatChoice, PrefersWhatKeepsAlphaAnimationAndTarget) {
  for (const OutputNote loss :
       {OutputNote::alpha_flattened, OutputNote::animation_flattened, OutputNote::target_missed}) {
    EXPECT_EQ(choice_of({encoded(10, bit(loss)), encoded(20)}), 1u);
    EXPECT_EQ(choice_of({encoded(20, bit(loss)), encoded(10, bit(loss))}), 1u) << "where all lose it";
  }
}

TEST(FormatChoice, CountsLostDepthOnlyWhereLosslessIsAskedFor) {
  const std::vector<ResultSlot> slots = {encoded(10, bit(OutputNote::depth_reduced)), encoded(20)};
  EXPECT_EQ(choice_of(slots, Lossless::no), 0u);
  EXPECT_EQ(choice_of(slots, Lossless::yes), 1u);
}

}  // namespace
}  // namespace imgopt
