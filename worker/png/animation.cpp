#include "worker/png/animation.hpp"

namespace imgopt::png {

Result<void> AnimationReader::check_sequence(ByteView data) {
  if (data.size() < 4 || read_u32(data, 0) != m_next_sequence) {
    return fail(ErrorCode::corrupt_image, "animation chunks out of sequence");
  }
  ++m_next_sequence;
  return {};
}

Result<void> AnimationReader::read_control(ByteView data) {
  if (m_declared || data.size() != 8) {
    return fail(ErrorCode::corrupt_image, "invalid acTL chunk");
  }
  m_frames = read_u32(data, 0);
  m_plays = read_u32(data, 4);
  if (m_frames == 0) {
    return fail(ErrorCode::corrupt_image, "animation without frames");
  }
  m_declared = true;
  return {};
}

Result<FrameControl> AnimationReader::read_frame_control(ByteView data) {
  if (!m_declared || data.size() != 26) {
    return fail(ErrorCode::corrupt_image, "invalid fcTL chunk");
  }
  IMGOPT_TRY(check_sequence(data));
  FrameControl control;
  control.width = read_u32(data, 4);
  control.height = read_u32(data, 8);
  control.x = read_u32(data, 12);
  control.y = read_u32(data, 16);
  control.delay_numerator = read_u16(data, 20);
  control.delay_denominator = read_u16(data, 22);
  control.dispose = data[24];
  control.blend = data[25];
  if (control.width == 0 || control.height == 0 ||
      std::uint64_t{control.x} + control.width > m_header.width ||
      std::uint64_t{control.y} + control.height > m_header.height) {
    return fail(ErrorCode::corrupt_image, "animation frame outside the image");
  }
  if (control.dispose > 2 || control.blend > 1) {
    return fail(ErrorCode::corrupt_image, "invalid dispose or blend operation");
  }
  ++m_frames_seen;
  return control;
}

Result<ByteView> AnimationReader::read_frame_data(ByteView data) {
  IMGOPT_TRY(check_sequence(data));
  return data.subspan(4);
}

Result<void> AnimationReader::finish() const {
  if (m_frames_seen != m_frames) {
    return fail(ErrorCode::corrupt_image, "animation has not the declared number of frames");
  }
  return {};
}

Bytes build_animation_control(std::uint32_t frames, std::uint32_t plays) {
  Bytes data;
  append_u32(data, frames);
  append_u32(data, plays);
  return data;
}

Bytes build_frame_control(std::uint32_t sequence, const FrameControl& control) {
  Bytes data;
  append_u32(data, sequence);
  append_u32(data, control.width);
  append_u32(data, control.height);
  append_u32(data, control.x);
  append_u32(data, control.y);
  append_u16(data, control.delay_numerator);
  append_u16(data, control.delay_denominator);
  data.push_back(control.dispose);
  data.push_back(control.blend);
  return data;
}

}  // namespace imgopt::png
