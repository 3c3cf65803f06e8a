#include "worker/jpeg/jpeg_coefficients.hpp"

#include <algorithm>

namespace imgopt::jpeg {

std::uint32_t CoefficientImage::max_h_factor() const {
  std::uint32_t factor = 1;
  for (const Component& component : components)
    factor = std::max<std::uint32_t>(factor, component.h_factor);
  return factor;
}

std::uint32_t CoefficientImage::max_v_factor() const {
  std::uint32_t factor = 1;
  for (const Component& component : components)
    factor = std::max<std::uint32_t>(factor, component.v_factor);
  return factor;
}

std::uint32_t component_blocks(std::uint32_t size, std::uint32_t factor, std::uint32_t max_factor) {
  const std::uint64_t unit = std::uint64_t{max_factor} * 8;
  return static_cast<std::uint32_t>((std::uint64_t{size} * factor + unit - 1) / unit);
}

}  // namespace imgopt::jpeg
