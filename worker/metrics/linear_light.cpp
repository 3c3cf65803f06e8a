#include "worker/metrics/linear_light.hpp"

#include <algorithm>
#include <cstring>

#include "worker/metrics/kernels.hpp"
#include "worker/metrics/vectors.hpp"

namespace imgopt::perceptual {
namespace {

// Linear light of the 256 samples of 8 bits.
const std::array<float, 256>& samples_of_8_bits() {
  static const auto table = [] {
    std::array<float, 256> values{};
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>(i) * static_cast<float>(1.0 / 255.0);
    kernels().srgb_to_linear(values.data(), values.size());
    return values;
  }();
  return table;
}

template <typename Sample>
Sample sample_at(const std::uint8_t* samples, std::size_t index) {
  Sample sample;
  std::memcpy(&sample, samples + index * sizeof(Sample), sizeof(Sample));
  return sample;
}

// Samples of type `Sample`, `Channels` a pixel, to linear light.
template <typename Sample, std::size_t Channels>
void convert_row(const std::uint8_t* samples, std::size_t count, Background background, const RgbRows& rows) {
  constexpr bool k_has_alpha = Channels % 2 == 0;
  constexpr std::size_t k_colours = Channels < 3 ? 1 : 3;
  constexpr float k_scale = static_cast<float>(1.0 / static_cast<double>(static_cast<Sample>(~Sample{0})));
  const auto value_at = [samples](std::size_t i, std::size_t channel) {
    return static_cast<float>(sample_at<Sample>(samples, i * Channels + channel)) * k_scale;
  };
  [[maybe_unused]] const float* const table = samples_of_8_bits().data();
  for (std::size_t i = 0; i < count; ++i) {
    [[maybe_unused]] float alpha = 1.0F;
    if constexpr (k_has_alpha)
      alpha = value_at(i, Channels - 1);
    for (std::size_t c = 0; c < k_colours; ++c) {
      if constexpr (k_has_alpha)
        rows[c][i] = alpha * value_at(i, c) + (1.0F - alpha) * background.encoded;
      else if constexpr (sizeof(Sample) == 1)
        rows[c][i] = table[samples[i * Channels + c]];
      else
        rows[c][i] = value_at(i, c);
    }
  }
  if constexpr (k_has_alpha || sizeof(Sample) > 1) {
    for (std::size_t c = 0; c < k_colours; ++c)
      kernels().srgb_to_linear(rows[c], count);
  }
  for (std::size_t c = k_colours; c < 3; ++c)
    std::copy_n(rows[0], count, rows[c]);
}

}  // namespace

LinearSource::LinearSource(const PixelView& pixels, Background background)
    : m_width(pixels.width), m_height(pixels.height), m_pixels(pixels), m_background(background) {}

LinearSource::LinearSource(const LinearImage& image)
    : m_width(image.width), m_height(image.height), m_image(&image) {}

void LinearSource::read(std::uint32_t y, std::uint32_t first, std::size_t count, const RgbRows& rows) const {
  if (m_image != nullptr) {
    for (std::size_t c = 0; c < 3; ++c)
      std::copy_n(m_image->row(c, y) + first, count, rows[c]);
    return;
  }
  const std::size_t pixel_bytes = static_cast<std::size_t>(m_pixels.channels) * m_pixels.sample_bytes();
  const std::uint8_t* samples = m_pixels.data.data() + y * m_pixels.row_bytes() + first * pixel_bytes;
  const bool wide = m_pixels.bits == 16;
  switch (m_pixels.channels) {
    case 1:
      return wide ? convert_row<std::uint16_t, 1>(samples, count, m_background, rows)
                  : convert_row<std::uint8_t, 1>(samples, count, m_background, rows);
    case 2:
      return wide ? convert_row<std::uint16_t, 2>(samples, count, m_background, rows)
                  : convert_row<std::uint8_t, 2>(samples, count, m_background, rows);
    case 3:
      return wide ? convert_row<std::uint16_t, 3>(samples, count, m_background, rows)
                  : convert_row<std::uint8_t, 3>(samples, count, m_background, rows);
    default:
      return wide ? convert_row<std::uint16_t, 4>(samples, count, m_background, rows)
                  : convert_row<std::uint8_t, 4>(samples, count, m_background, rows);
  }
}

LinearImage halve(const LinearSource& source) {
  LinearImage half;
  half.width = source.width() / 2 + source.width() % 2;
  half.height = source.height() / 2 + source.height() % 2;
  half.samples.resize(std::size_t{3} * half.width * half.height);

  // Each buffered row has room for the repeated last pixel of an odd width and for whole vectors.
  const std::size_t stride = round_up_to_widest(std::size_t{2} * half.width);
  AlignedFloats buffer(6 * stride, 0.0F);
  const auto buffered = [&](std::size_t row, std::size_t channel) {
    return buffer.data() + (row * 3 + channel) * stride;
  };
  const auto read = [&](std::size_t row, std::uint32_t y) {
    source.read(y, 0, source.width(), {buffered(row, 0), buffered(row, 1), buffered(row, 2)});
    if (source.width() % 2 != 0) {
      for (std::size_t c = 0; c < 3; ++c)
        buffered(row, c)[source.width()] = buffered(row, c)[source.width() - 1];
    }
  };
  for (std::uint32_t y = 0; y < half.height; ++y) {
    read(0, 2 * y);
    read(1, std::min(2 * y + 1, source.height() - 1));
    for (std::size_t c = 0; c < 3; ++c) {
      const float* upper = buffered(0, c);
      const float* lower = buffered(1, c);
      float* out = half.row(c, y);
      for (std::size_t x = 0; x < half.width; ++x)
        out[x] = 0.25F * (((upper[2 * x] + upper[2 * x + 1]) + lower[2 * x]) + lower[2 * x + 1]);
    }
  }
  return half;
}

}  // namespace imgopt::perceptual
