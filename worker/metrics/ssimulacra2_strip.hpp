// One vertical strip of one level: what a reference keeps of it, and the error of a distorted image against
// it.
//
// An image is worked on in strips from left to right, each from top to bottom with a few blurred rows at
// hand. So what a pixel needs is in the processor's inner caches, and no plane of the distorted image but its
// linear light ever exists.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/metrics/aligned_floats.hpp"
#include "worker/metrics/kernels.hpp"
#include "worker/metrics/linear_light.hpp"
#include "worker/metrics/ssimulacra2_weights.hpp"

namespace imgopt::perceptual {

using ChannelUses = std::array<ChannelUse, k_channels>;

// Columns [first, first + columns) of an image.
struct StripColumns {
  std::uint32_t first = 0;
  std::uint32_t columns = 0;
};

// All strips of an image of this width, left to right. The split is fixed, for sums depend on it.
[[nodiscard]] std::vector<StripColumns> strips_of(std::uint32_t width);

// Sums of a channel's error maps and of their fourth powers over pixels.
struct ErrorSums {
  double structure = 0.0;
  double structure_fourth = 0.0;
  double artifact = 0.0;
  double artifact_fourth = 0.0;
  double detail_lost = 0.0;
  double detail_lost_fourth = 0.0;
};

using LevelSums = std::array<ErrorSums, k_channels>;

// Where the blurs of each row stand after the strips done so far. One for each side of a level; its strips
// must be worked on from left to right.
class RowCarries {
public:
  // Three blurred signals a channel.
  explicit RowCarries(std::uint32_t height)
      : m_height(height), m_carries(k_channels * 3 * std::size_t{height}) {}

  [[nodiscard]] RowCarry* of_signal(std::size_t channel, std::size_t signal) {
    return m_carries.data() + (channel * 3 + signal) * m_height;
  }

private:
  std::size_t m_height;
  std::vector<RowCarry> m_carries;
};

// The reference's side of a strip: per pixel 12 bytes for each channel whose structure is compared, 4 for
// each of which only edges are.
class ReferenceStrip {
public:
  ReferenceStrip(const LinearSource& reference, StripColumns columns, const ChannelUses& uses,
                 RowCarries& carries);

  // Adds the errors of the same strip of `distorted`, which must have the reference's size.
  void add_errors(const LinearSource& distorted, RowCarries& carries, LevelSums& sums) const;

private:
  struct Channel {
    AlignedFloats values;        // structure: the channel, rows of value_stride()
    AlignedFloats means;         // structure: the channel blurred
    AlignedFloats mean_squares;  // structure: its square blurred
    AlignedFloats edges;         // edges: |channel - channel blurred|
  };

  [[nodiscard]] std::size_t value_stride() const;  // m_padded and a margin on each side

  // One row as the error maps take it. Where only edges are kept, they stand for values whose mean is zero.
  [[nodiscard]] BlurredRows rows_of(std::size_t channel, std::uint32_t y) const;

  StripColumns m_columns;
  ChannelUses m_uses;
  std::uint32_t m_height = 0;
  std::size_t m_padded = 0;  // columns, rounded up to whole vectors
  AlignedFloats m_zeros;
  std::array<Channel, k_channels> m_channels;
};

}  // namespace imgopt::perceptual
