// A JPEG image as its quantised DCT coefficients: what the reader gives, what transforms, scan search and
// writer work on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/jpeg/jpeg_constants.hpp"

namespace imgopt::jpeg {

// One colour component. Only the blocks that hold image samples are present; the blocks that pad an
// interleaved MCU are made up by the writer.
struct Component {
  std::uint8_t id = 0;
  std::uint8_t h_factor = 1;  // 1..4
  std::uint8_t v_factor = 1;  // 1..4
  std::uint32_t blocks_wide = 0;
  std::uint32_t blocks_high = 0;
  std::array<std::uint16_t, k_block_size> quantizers{};  // zigzag order
  std::vector<std::int16_t> coefficients;  // block after block in raster order, each in zigzag order

  [[nodiscard]] std::size_t block_count() const { return std::size_t{blocks_wide} * blocks_high; }
  [[nodiscard]] const std::int16_t* block(std::size_t index) const {
    return coefficients.data() + index * k_block_size;
  }
  [[nodiscard]] std::int16_t* block(std::size_t index) { return coefficients.data() + index * k_block_size; }
};

struct CoefficientImage {
  std::uint32_t width = 0;            // samples, at most 65535
  std::uint32_t height = 0;           // samples, at most 65535
  std::vector<Component> components;  // 1..k_max_components

  [[nodiscard]] std::uint32_t max_h_factor() const;
  [[nodiscard]] std::uint32_t max_v_factor() const;
};

// Number of blocks that hold samples along one axis: ceil(size * factor / (8 * max_factor)) (T.81 A.1.1,
// A.2.4).
[[nodiscard]] std::uint32_t component_blocks(std::uint32_t size, std::uint32_t factor,
                                             std::uint32_t max_factor);

}  // namespace imgopt::jpeg
