#include "tool/workers/deadline.hpp"

#include <algorithm>
#include <cmath>

namespace imgopt {

namespace {

// Microseconds a megapixel at effort 0 and 9, measured over photographs and sprites on one core; effort
// between them grows geometrically. bench/encode prints the figures of the machine at hand.
struct FormatCost {
  double fast;
  double slow;
};

FormatCost cost_of(ImageFormat format) {
  switch (format) {
    case ImageFormat::png:
      return {100'000, 30'000'000};
    case ImageFormat::jpeg:
      return {20'000, 400'000};
    case ImageFormat::webp:
      return {60'000, 800'000};
    case ImageFormat::avif:
      return {500'000, 20'000'000};
    case ImageFormat::jxl:
      return {100'000, 10'000'000};
    case ImageFormat::gif:
      return {100'000, 500'000};
    case ImageFormat::tiff:
      return {50'000, 200'000};
  }
  return {100'000, 1'000'000};
}

constexpr double k_decode_us_per_megapixel = 20'000;
// A sharp knee between "slow machine" and "never ends": nothing measured came near it.
constexpr std::uint64_t k_deadline_factor = 20;
// A year: no sum over a record's outputs, times all factors, leaves 64 bits.
constexpr double k_longest_us = 365.0 * 24 * 3600 * 1e6;

}  // namespace

std::uint64_t estimated_cost_us(const OutputSettings& settings, std::uint64_t pixels) {
  const FormatCost cost = cost_of(settings.format);
  const double encode = cost.fast * std::pow(cost.slow / cost.fast, settings.effort / 9.0);
  const double search = settings.quality_mode == Quality::target || settings.max_bytes > 0 ? 7 : 1;
  const double megapixels = static_cast<double>(pixels) / 1e6;
  double scale = 1;
  if (settings.resize != ResizeMode::none && settings.resize_width > 0 && pixels > 0) {
    const double resized = 1.0 * settings.resize_width * settings.resize_width;
    scale = resized < static_cast<double>(pixels) ? resized / static_cast<double>(pixels) : 1;
  }
  const double whole = megapixels * (k_decode_us_per_megapixel + encode * search * scale);
  return static_cast<std::uint64_t>(std::min(whole, k_longest_us));
}

std::chrono::microseconds cpu_deadline(std::chrono::milliseconds base, std::uint64_t estimated_us) {
  return base + std::chrono::microseconds(estimated_us * k_deadline_factor);
}

}  // namespace imgopt
