// From error norms to the SSIMULACRA 2 score: weights, which of the norms have any, and the final curve.
//
// All numbers are those of version 2.1 of the reference implementation (github.com/cloudinary/ssimulacra2).
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace imgopt::perceptual {

inline constexpr std::size_t k_channels = 3;    // X, Y, B
inline constexpr std::size_t k_max_levels = 6;  // 1:1 to 1:32

// The three error maps of a channel at one level, each as mean and as fourth root of the mean fourth power.
struct ErrorNorms {
  double structure_mean = 0.0;
  double artifact_mean = 0.0;
  double detail_lost_mean = 0.0;
  double structure_fourth = 0.0;
  double artifact_fourth = 0.0;
  double detail_lost_fourth = 0.0;
};

using LevelNorms = std::array<ErrorNorms, k_channels>;

// Which maps of a channel at a level carry weight. Structure needs three blurs of the distorted image, edges
// (artifacts, lost detail) one.
enum class ChannelUse { nothing, edges, structure_and_edges };

// The weights are counted off without gaps over the levels that an image has, as the reference does: in one
// with fewer than six, channels Y and B use weights that a large image has for other levels. `levels`
// is 1..6.
[[nodiscard]] ChannelUse channel_use(std::size_t channel, std::size_t level, std::size_t levels);

// 100 for no difference, falling without lower bound.
[[nodiscard]] double score_of(std::span<const LevelNorms> levels);

}  // namespace imgopt::perceptual
