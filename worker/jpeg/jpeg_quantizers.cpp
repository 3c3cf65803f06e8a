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

double quality_scale(double quality) {
  struct Knot {
    double quality;
    double scale;
  };
  // Where photographs score what libjpeg-turbo's baseline files of that quality do (4:2:0 below 90, 4:4:4
  // from there); between the knots the scale's logarithm is linear.
  static constexpr std::array<Knot, 15> k_knots = {{{1, 56.0},
                                                    {5, 11.3},
                                                    {10, 5.14},
                                                    {20, 2.27},
                                                    {30, 1.44},
                                                    {40, 1.08},
                                                    {50, 0.874},
                                                    {60, 0.739},
                                                    {70, 0.569},
                                                    {75, 0.492},
                                                    {80, 0.403},
                                                    {85, 0.319},
                                                    {90, 0.175},
                                                    {95, 0.092},
                                                    {100, 0.02}}};
  const double clamped = std::clamp(quality, 1.0, 100.0);
  std::size_t i = 1;
  while (k_knots[i].quality < clamped)
    ++i;
  const Knot& low = k_knots[i - 1];
  const Knot& high = k_knots[i];
  const double share = (clamped - low.quality) / (high.quality - low.quality);
  return low.scale * std::pow(high.scale / low.scale, share);
}

std::array<std::uint16_t, k_block_size> build_quantizers(const QuantizerShape& shape, double scale) {
  std::array<std::uint16_t, k_block_size> table{};
  for (std::size_t k = 0; k < k_block_size; ++k) {
    const int column = k_zigzag_to_natural[k] % 8;
    const int row = k_zigzag_to_natural[k] / 8;
    const double u = column;
    const double v = row;
    const double r = std::sqrt(u * u + v * v);
    const double base = k == 0 ? shape.dc : ac_quantizer(shape, r);
    table[k] = static_cast<std::uint16_t>(std::clamp(std::floor(base * scale + 0.5), 1.0, 255.0));
  }
  return table;
}

}  // namespace imgopt::jpeg
