// The animation chunks: acTL, fcTL and fdAT, their sequence numbers and geometry.
//
// Format: APNG, as in the PNG specification, third edition, 11.3.6.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.hpp"
#include "worker/png/file.hpp"

namespace imgopt::png {

// Checks and collects the animation chunks of one file, in file order.
class AnimationReader {
public:
  explicit AnimationReader(const Header& header) : m_header(header) {}

  [[nodiscard]] Result<void> read_control(ByteView data);  // acTL

  // fcTL: gives the control for the image data that follows.
  [[nodiscard]] Result<FrameControl> read_frame_control(ByteView data);

  // fdAT: gives the image data without the sequence number.
  [[nodiscard]] Result<ByteView> read_frame_data(ByteView data);

  // Whether as many frames were seen as were declared.
  [[nodiscard]] Result<void> finish() const;

  [[nodiscard]] bool declared() const { return m_declared; }
  [[nodiscard]] std::uint32_t plays() const { return m_plays; }

private:
  [[nodiscard]] Result<void> check_sequence(ByteView data);

  Header m_header;
  bool m_declared = false;
  std::uint32_t m_frames = 0;
  std::uint32_t m_frames_seen = 0;
  std::uint32_t m_plays = 0;
  std::uint32_t m_next_sequence = 0;
};

[[nodiscard]] Bytes build_animation_control(std::uint32_t frames, std::uint32_t plays);
[[nodiscard]] Bytes build_frame_control(std::uint32_t sequence, const FrameControl& control);

}  // namespace imgopt::png
