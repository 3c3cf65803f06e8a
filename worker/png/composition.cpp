#include "worker/png/composition.hpp"

#include <algorithm>
#include <utility>

#include "worker/png/decode.hpp"
#include "worker/png/file.hpp"

namespace imgopt::png {

namespace {

// Values of fcTL.
constexpr std::uint8_t k_dispose_background = 1;
constexpr std::uint8_t k_dispose_previous = 2;

// Draws `from` over `to`, straight alpha both.
template <typename Sample>
void blend(const Sample* from, Sample* to) {
  constexpr std::uint64_t k_most = static_cast<Sample>(~Sample{0});
  const std::uint64_t above = from[3];
  if (above == k_most || to[3] == 0) {
    std::copy_n(from, 4, to);
    return;
  }
  if (above == 0)
    return;
  // Weights of both colours, times k_most squared.
  const std::uint64_t weight_above = above * k_most;
  const std::uint64_t weight_below = to[3] * (k_most - above);
  const std::uint64_t sum = weight_above + weight_below;
  for (int c = 0; c < 3; ++c)
    to[c] = static_cast<Sample>((from[c] * weight_above + to[c] * weight_below + sum / 2) / sum);
  to[3] = static_cast<Sample>((sum + k_most / 2) / k_most);
}

template <typename Sample>
class Canvas {
public:
  Canvas(std::uint32_t width, std::uint32_t height)
      : m_width(width), m_samples(std::size_t{width} * height * 4) {}

  // Draws the frame, hands the canvas to `show`, and disposes of the frame.
  template <typename Show>
  void play(const RgbaImage& frame, const FrameControl& control, std::uint8_t dispose, Show&& show) {
    std::vector<Sample> before;
    if (dispose == k_dispose_previous)
      before = m_samples;
    const std::span<const Sample> pixels = samples<Sample>(frame);
    for (std::uint32_t y = 0; y < frame.height; ++y) {
      const Sample* from = pixels.data() + std::size_t{y} * frame.width * 4;
      Sample* to = at(control, y);
      if (control.blend != FrameControl::k_blend_over) {
        std::copy_n(from, std::size_t{frame.width} * 4, to);
        continue;
      }
      for (std::uint32_t x = 0; x < frame.width; ++x)
        blend(from + std::size_t{x} * 4, to + std::size_t{x} * 4);
    }
    show(m_samples);
    if (dispose == k_dispose_previous)
      m_samples = std::move(before);
    else if (dispose == k_dispose_background)
      for (std::uint32_t y = 0; y < frame.height; ++y)
        std::fill_n(at(control, y), std::size_t{frame.width} * 4, Sample{0});
  }

private:
  Sample* at(const FrameControl& control, std::uint32_t y) {
    return m_samples.data() + (std::size_t{control.y + y} * m_width + control.x) * 4;
  }

  std::size_t m_width;
  std::vector<Sample> m_samples;
};

// A denominator of 0 means hundredths of a second.
int milliseconds(const FrameControl& control) {
  const std::uint32_t denominator = control.delay_denominator == 0 ? 100u : control.delay_denominator;
  return static_cast<int>((control.delay_numerator * 1000u + denominator / 2) / denominator);
}

template <typename Sample>
Result<ComposedAnimation> compose(const File& file) {
  const bool grey =
      file.header.color_type == ColorType::grey || file.header.color_type == ColorType::grey_alpha;
  const std::size_t channels = grey ? 2 : 4;
  ComposedAnimation animation;
  animation.plays = *file.plays;
  animation.frames = static_cast<std::uint32_t>(std::count_if(
      file.frames.begin(), file.frames.end(), [](const FrameData& f) { return f.control.has_value(); }));
  animation.pixels = {file.header.width,
                      file.header.height * animation.frames,
                      static_cast<int>(channels),
                      static_cast<int>(sizeof(Sample) * 8),
                      {}};
  const std::size_t frame_samples = std::size_t{file.header.width} * file.header.height * channels;
  animation.pixels.data.resize(frame_samples * sizeof(Sample) * animation.frames);
  auto* out = reinterpret_cast<Sample*>(animation.pixels.data.data());
  Canvas<Sample> canvas(file.header.width, file.header.height);
  for (const FrameData& frame : file.frames) {
    if (!frame.control)
      continue;
    IMGOPT_ASSIGN(const RgbaImage image, decode_frame(file, frame));
    // There is nothing before the first frame to go back to.
    const std::uint8_t dispose = animation.delays_ms.empty() && frame.control->dispose == k_dispose_previous
                                     ? k_dispose_background
                                     : frame.control->dispose;
    canvas.play(image, *frame.control, dispose, [&](const std::vector<Sample>& shown) {
      for (std::size_t i = 0; i < shown.size(); i += 4) {
        if (!grey)
          *out++ = shown[i], *out++ = shown[i + 1], *out++ = shown[i + 2];
        else
          *out++ = shown[i];
        *out++ = shown[i + 3];
      }
    });
    animation.delays_ms.push_back(milliseconds(*frame.control));
  }
  return animation;
}

}  // namespace

Result<ComposedAnimation> compose_animation(ByteView png, std::uint64_t max_pixels) {
  IMGOPT_ASSIGN(const File file, read_file(png, max_pixels));
  if (!file.plays)
    return fail(ErrorCode::unsupported_image, "no animation");
  return file.header.bit_depth == 16 ? compose<std::uint16_t>(file) : compose<std::uint8_t>(file);
}

}  // namespace imgopt::png
