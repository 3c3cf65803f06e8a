#include "worker/geometry.hpp"

#include <algorithm>
#include <cmath>

namespace imgopt {

namespace {

std::uint32_t scaled(std::uint32_t side, double scale) {
  return std::max(1u, static_cast<std::uint32_t>(std::lround(side * scale)));
}

}  // namespace

PixelSize output_size(PixelSize source, const OutputSettings& settings) {
  const auto ratio = [](std::uint32_t wanted, std::uint32_t have) {
    return wanted == 0 ? 1.0 : std::min(1.0, static_cast<double>(wanted) / have);
  };
  const std::uint32_t longest = std::max(source.width, source.height);
  const std::uint32_t shortest = std::min(source.width, source.height);
  double scale = 1.0;
  switch (settings.resize) {
    case ResizeMode::none:
      break;
    case ResizeMode::fit:
      scale =
          std::min(ratio(settings.resize_width, source.width), ratio(settings.resize_height, source.height));
      break;
    case ResizeMode::width:
      scale = ratio(settings.resize_width, source.width);
      break;
    case ResizeMode::height:
      scale = ratio(settings.resize_height, source.height);
      break;
    case ResizeMode::longest:
      scale = ratio(settings.resize_width, longest);
      break;
    case ResizeMode::shortest:
      scale = ratio(settings.resize_width, shortest);
      break;
  }
  return {scaled(source.width, scale), scaled(source.height, scale)};
}

int jpeg_shrink_for(PixelSize source, PixelSize output) {
  const double shrink = std::min(static_cast<double>(source.width) / output.width,
                                 static_cast<double>(source.height) / output.height);
  for (const int factor : {8, 4, 2})
    if (shrink >= factor * k_least_remaining_shrink)
      return factor;
  return 1;
}

}  // namespace imgopt
