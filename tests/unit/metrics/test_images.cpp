#include "tests/unit/metrics/test_images.hpp"

#include <algorithm>
#include <cstring>

namespace imgopt::test {
namespace {

// Steele, Lea and Flood's SplitMix64, as a hash.
std::uint64_t scramble(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31);
}

// Evenly distributed in [-range, range].
std::int64_t noise_at(std::uint32_t x, std::uint32_t y, int channel, std::int64_t range) {
  const std::uint64_t key = (std::uint64_t{y} << 32 | x) * 4 + static_cast<std::uint64_t>(channel);
  return static_cast<std::int64_t>(scramble(key) % static_cast<std::uint64_t>(2 * range + 1)) - range;
}

// Up and down between 0 and 65535 with the given period.
std::int64_t wave(std::int64_t position, std::int64_t period) {
  const std::int64_t phase = (position % period + period) % period;
  return (2 * phase < period ? 2 * phase : 2 * (period - phase)) * 65535 / period;
}

// 0 to 65535, before clamping.
std::int64_t scene_value(Scene scene, std::int64_t x, std::int64_t y, int c) {
  switch (scene) {
    case Scene::smooth:
      return (wave(2 * x + y + 40 * c, 217) + wave(x - 3 * y, 331 + 20 * c)) / 2;
    case Scene::detail:
      return wave(x + y * (c + 1), 90) / 2 + wave(x * y / 16, 37 + c) / 4 + 8000 +
             noise_at(static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y), c, 6000);
    case Scene::shapes: {
      const std::int64_t dx = x % 48 - 24;
      const std::int64_t dy = y % 40 - 20;
      const bool disc = dx * dx + dy * dy < 200;
      const bool line = (x + 2 * y) % 29 < 2;
      if (line)
        return c == 1 ? 4000 : 1500;
      return disc ? 58000 - 16000 * c : 22000 + 9000 * c;
    }
  }
  return 0;
}

std::int64_t peak_of(const PixelBuffer& image) {
  return image.bits == 16 ? 65535 : 255;
}

int colours_of(const PixelBuffer& image) {
  return image.channels > 2 ? 3 : 1;
}

std::size_t offset_of(const PixelBuffer& image, std::uint32_t x, std::uint32_t y, int channel) {
  const std::size_t pixel = std::size_t{y} * image.width + x;
  return (pixel * static_cast<std::size_t>(image.channels) + static_cast<std::size_t>(channel)) *
         static_cast<std::size_t>(image.bits / 8);
}

std::int64_t clamped_sample(const PixelBuffer& image, std::int64_t x, std::int64_t y, int channel) {
  return sample_of(image, static_cast<std::uint32_t>(std::clamp<std::int64_t>(x, 0, image.width - 1)),
                   static_cast<std::uint32_t>(std::clamp<std::int64_t>(y, 0, image.height - 1)), channel);
}

std::int64_t distorted_value(const PixelBuffer& image, Distortion distortion, int strength, std::uint32_t x,
                             std::uint32_t y, int c) {
  const std::int64_t peak = peak_of(image);
  const std::int64_t value = sample_of(image, x, y, c);
  switch (distortion) {
    case Distortion::noise:
      return value + noise_at(x + 7, y + 9, c, std::max<std::int64_t>(1, peak * strength / 400));
    case Distortion::steps: {
      const std::int64_t step = std::max<std::int64_t>(2, peak * strength / 200);
      return (value + step / 2) / step * step;
    }
    case Distortion::blur: {
      std::int64_t sum = 0;
      for (int dy = -1; dy <= 1; ++dy) {
        for (int dx = -1; dx <= 1; ++dx)
          sum += clamped_sample(image, std::int64_t{x} + dx, std::int64_t{y} + dy, c);
      }
      return (sum * strength + 9 * value * (100 - strength)) / 900;
    }
    case Distortion::blocks: {
      std::int64_t sum = 0;
      for (std::uint32_t dy = 0; dy < 4; ++dy) {
        for (std::uint32_t dx = 0; dx < 4; ++dx)
          sum += clamped_sample(image, x / 4 * 4 + dx, y / 4 * 4 + dy, c);
      }
      return (sum * strength + 16 * value * (100 - strength)) / 1600;
    }
    case Distortion::darker:
      return value - value * strength / 200;
    case Distortion::one_pixel:
      return x == image.width / 2 && y == image.height / 3 ? peak - value : value;
    case Distortion::transparency:
      return value;
  }
  return value;
}

}  // namespace

std::uint32_t sample_of(const PixelBuffer& image, std::uint32_t x, std::uint32_t y, int channel) {
  const std::uint8_t* sample = image.data.data() + offset_of(image, x, y, channel);
  if (image.bits == 8)
    return *sample;
  std::uint16_t value = 0;
  std::memcpy(&value, sample, sizeof value);
  return value;
}

void set_sample(PixelBuffer& image, std::uint32_t x, std::uint32_t y, int channel, std::uint32_t value) {
  std::uint8_t* sample = image.data.data() + offset_of(image, x, y, channel);
  if (image.bits == 8) {
    *sample = static_cast<std::uint8_t>(value);
    return;
  }
  const auto wide = static_cast<std::uint16_t>(value);
  std::memcpy(sample, &wide, sizeof wide);
}

PixelBuffer make_scene(Scene scene, std::uint32_t width, std::uint32_t height, int channels, int bits) {
  PixelBuffer image{width, height, channels, bits, {}};
  image.data.resize(image.view().byte_count());
  const std::int64_t divisor = bits == 16 ? 1 : 257;
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      for (int c = 0; c < colours_of(image); ++c) {
        const std::int64_t value = std::clamp<std::int64_t>(scene_value(scene, x, y, c), 0, 65535);
        set_sample(image, x, y, c, static_cast<std::uint32_t>(value / divisor));
      }
      if (image.view().has_alpha()) {
        const std::int64_t dx = (2 * std::int64_t{x} - width) * 256 / width;
        const std::int64_t dy = (2 * std::int64_t{y} - height) * 256 / height;
        const std::int64_t alpha = std::clamp<std::int64_t>(110000 - dx * dx - dy * dy, 0, 65535);
        set_sample(image, x, y, channels - 1, static_cast<std::uint32_t>(alpha / divisor));
      }
    }
  }
  return image;
}

PixelBuffer distort(const PixelBuffer& image, Distortion distortion, int strength) {
  PixelBuffer result = image;
  for (std::uint32_t y = 0; y < image.height; ++y) {
    for (std::uint32_t x = 0; x < image.width; ++x) {
      for (int c = 0; c < colours_of(image); ++c) {
        const std::int64_t value = distorted_value(image, distortion, strength, x, y, c);
        set_sample(result, x, y, c,
                   static_cast<std::uint32_t>(std::clamp<std::int64_t>(value, 0, peak_of(image))));
      }
      if (distortion == Distortion::transparency) {
        const int alpha = image.channels - 1;
        const std::int64_t value = sample_of(image, x, y, alpha);
        set_sample(result, x, y, alpha, static_cast<std::uint32_t>(value - value * strength / 100));
      }
    }
  }
  return result;
}

}  // namespace imgopt::test
