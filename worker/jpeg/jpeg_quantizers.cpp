#include "worker/jpeg/jpeg_quantizers.hpp"

#include <algorithm>
#include <cmath>

namespace imgopt::jpeg {

namespace {

double ac_quantizer(const QuantizerShape& shape, double distance) {
  std::size_t i = 1;
  while (i + 1 < k_quantizer_distances.size() && k_quantizer_distances[i] < distance)
    ++i;
  const double share =
      (distance - k_quantizer_distances[i - 1]) / (k_quantizer_distances[i] - k_quantizer_distances[i - 1]);
  return shape.ac[i - 1] + share * (shape.ac[i] - shape.ac[i - 1]);
}

}  // namespace

double quality_scale(int quality, const Tuning&) {
  // libjpeg's rule (jpeg_quality_scaling), 1 at quality 80.
  const int clamped = std::clamp(quality, 1, 100);
  const double percent = clamped < 50 ? 5000.0 / clamped : 200.0 - 2.0 * clamped;
  return percent / 40.0 * 0.325;
}

std::array<std::uint16_t, k_block_size> build_quantizers(const QuantizerShape& shape, double scale) {
  std::array<std::uint16_t, k_block_size> table{};
  for (std::size_t k = 0; k < k_block_size; ++k) {
    const double u = k_zigzag_to_natural[k] % 8;
    const double v = k_zigzag_to_natural[k] / 8;
    const double r = std::sqrt(u * u + v * v);
    const double base = k == 0 ? shape.dc : ac_quantizer(shape, r);
    table[k] = static_cast<std::uint16_t>(std::clamp(std::floor(base * scale + 0.5), 1.0, 255.0));
  }
  return table;
}

}  // namespace imgopt::jpeg
