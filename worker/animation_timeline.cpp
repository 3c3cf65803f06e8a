#include "worker/animation_timeline.hpp"

#include <numeric>

namespace imgopt {

std::vector<std::uint32_t> frame_delays(const vips::VImage& image, std::uint32_t frames) {
  constexpr std::uint32_t k_usual_delay = 100;
  constexpr int k_too_short = 10;
  std::vector<std::uint32_t> delays(frames, k_usual_delay);
  if (image.get_typeof("delay") == 0)
    return delays;
  const std::vector<int> stored = image.get_array_int("delay");
  for (std::size_t i = 0; i < delays.size() && i < stored.size(); ++i)
    if (stored[i] > k_too_short)
      delays[i] = static_cast<std::uint32_t>(stored[i]);
  return delays;
}

std::uint64_t total_duration(std::span<const std::uint32_t> delays) {
  return std::accumulate(delays.begin(), delays.end(), std::uint64_t{0});
}

std::vector<std::uint32_t> frames_shown(std::span<const std::uint32_t> wanted,
                                        std::span<const std::uint32_t> actual) {
  std::vector<std::uint32_t> shown;
  shown.reserve(wanted.size());
  std::uint32_t frame = 0;
  std::uint64_t frame_end = actual.front();
  std::uint64_t start = 0;
  for (const std::uint32_t delay : wanted) {
    const std::uint64_t middle = start + delay / 2;
    while (frame_end <= middle && frame + 1 < actual.size())
      frame_end += actual[++frame];
    shown.push_back(frame);
    start += delay;
  }
  return shown;
}

}  // namespace imgopt
