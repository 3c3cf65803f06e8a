#include "tool/plan/format_choice.hpp"

#include <tuple>

namespace imgopt {

namespace {

bool loses(const CandidateResult& candidate) {
  std::uint32_t losses = bit(OutputNote::alpha_flattened) | bit(OutputNote::animation_flattened) |
                         bit(OutputNote::target_missed);
  if (candidate.lossless == Lossless::yes)
    losses |= bit(OutputNote::depth_reduced);
  return (candidate.slot->notes & losses) != 0;
}

}  // namespace

std::optional<std::size_t> choose_candidate(std::span<const CandidateResult> candidates,
                                            std::uint64_t source_bytes) {
  std::optional<std::size_t> best;
  std::tuple<bool, std::uint64_t> best_rank;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const auto status = static_cast<SlotStatus>(candidates[i].slot->status);
    if (status != SlotStatus::encoded && status != SlotStatus::original_is_best)
      continue;
    const std::uint64_t bytes = status == SlotStatus::encoded ? candidates[i].slot->length : source_bytes;
    const std::tuple rank(loses(candidates[i]), bytes);
    if (!best || rank < best_rank) {
      best = i;
      best_rank = rank;
    }
  }
  return best;
}

}  // namespace imgopt
