#include "worker/jpeg/jpeg_transform.hpp"

#include <cstddef>
#include <utility>

namespace imgopt::jpeg {
namespace {

// An orientation as: transpose first, then mirror the result.
struct Steps {
  bool transpose = false;
  bool mirror_x = false;
  bool mirror_y = false;
};

Steps steps_of(Orientation orientation) {
  switch (orientation) {
    case Orientation::upright:
      return {false, false, false};
    case Orientation::mirror_horizontal:
      return {false, true, false};
    case Orientation::rotate_180:
      return {false, true, true};
    case Orientation::mirror_vertical:
      return {false, false, true};
    case Orientation::transpose:
      return {true, false, false};
    case Orientation::rotate_90:
      return {true, true, false};
    case Orientation::transverse:
      return {true, true, true};
    case Orientation::rotate_270:
      return {true, false, true};
  }
  return {};
}

// Where coefficient k of the new block comes from, and its sign.
struct CoefficientMap {
  std::array<std::uint8_t, k_block_size> from{};
  std::array<std::int16_t, k_block_size> sign{};
};

CoefficientMap coefficient_map(const Steps& steps) {
  CoefficientMap map;
  for (std::size_t k = 0; k < k_block_size; ++k) {
    const unsigned row = k_zigzag_to_natural[k] / 8U;
    const unsigned column = k_zigzag_to_natural[k] % 8U;
    map.from[k] = steps.transpose ? k_natural_to_zigzag[column * 8 + row] : static_cast<std::uint8_t>(k);
    const bool is_negated = (steps.mirror_x && column % 2 == 1) != (steps.mirror_y && row % 2 == 1);
    map.sign[k] = is_negated ? -1 : 1;
  }
  return map;
}

Component transform_component(const Component& source, const Steps& steps, const CoefficientMap& map) {
  Component result = source;
  if (steps.transpose) {
    std::swap(result.h_factor, result.v_factor);
    std::swap(result.blocks_wide, result.blocks_high);
    for (std::size_t k = 0; k < k_block_size; ++k)
      result.quantizers[k] = source.quantizers[map.from[k]];
  }
  for (std::uint32_t y = 0; y < result.blocks_high; ++y) {
    for (std::uint32_t x = 0; x < result.blocks_wide; ++x) {
      const std::uint32_t unmirrored_x = steps.mirror_x ? result.blocks_wide - 1 - x : x;
      const std::uint32_t unmirrored_y = steps.mirror_y ? result.blocks_high - 1 - y : y;
      const std::uint32_t source_x = steps.transpose ? unmirrored_y : unmirrored_x;
      const std::uint32_t source_y = steps.transpose ? unmirrored_x : unmirrored_y;
      const std::int16_t* in = source.block(std::size_t{source_y} * source.blocks_wide + source_x);
      std::int16_t* out = result.block(std::size_t{y} * result.blocks_wide + x);
      for (std::size_t k = 0; k < k_block_size; ++k)
        out[k] = static_cast<std::int16_t>(in[map.from[k]] * map.sign[k]);
    }
  }
  return result;
}

}  // namespace

bool can_apply_orientation(const CoefficientImage& image, Orientation orientation) {
  const Steps steps = steps_of(orientation);
  const bool mirrors_width = steps.transpose ? steps.mirror_y : steps.mirror_x;
  const bool mirrors_height = steps.transpose ? steps.mirror_x : steps.mirror_y;
  return (!mirrors_width || image.width % (8 * image.max_h_factor()) == 0) &&
         (!mirrors_height || image.height % (8 * image.max_v_factor()) == 0);
}

CoefficientImage apply_orientation(const CoefficientImage& image, Orientation orientation) {
  const Steps steps = steps_of(orientation);
  const CoefficientMap map = coefficient_map(steps);
  CoefficientImage result;
  result.width = steps.transpose ? image.height : image.width;
  result.height = steps.transpose ? image.width : image.height;
  for (const Component& component : image.components)
    result.components.push_back(transform_component(component, steps, map));
  return result;
}

}  // namespace imgopt::jpeg
