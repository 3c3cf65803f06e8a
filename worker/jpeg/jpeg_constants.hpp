// Numbers that ITU-T T.81 (JPEG) fixes: marker codes and the zigzag order.
#pragma once

#include <array>
#include <cstdint>

namespace imgopt::jpeg {

inline constexpr int k_block_size = 64;
inline constexpr int k_max_components = 4;   // more than any colour space in use has
inline constexpr int k_max_mcu_blocks = 10;  // T.81 B.2.3: blocks in the MCU of an interleaved scan

enum Marker : std::uint8_t {
  k_marker_tem = 0x01,
  k_marker_sof0 = 0xC0,
  k_marker_sof1 = 0xC1,
  k_marker_sof2 = 0xC2,
  k_marker_sof3 = 0xC3,
  k_marker_dht = 0xC4,
  k_marker_jpg = 0xC8,
  k_marker_sof9 = 0xC9,
  k_marker_sof10 = 0xCA,
  k_marker_dac = 0xCC,
  k_marker_sof15 = 0xCF,
  k_marker_rst0 = 0xD0,
  k_marker_rst7 = 0xD7,
  k_marker_soi = 0xD8,
  k_marker_eoi = 0xD9,
  k_marker_sos = 0xDA,
  k_marker_dqt = 0xDB,
  k_marker_dri = 0xDD,
  k_marker_app0 = 0xE0,
  k_marker_app1 = 0xE1,
  k_marker_app2 = 0xE2,
  k_marker_app11 = 0xEB,
  k_marker_app13 = 0xED,
  k_marker_app14 = 0xEE,
  k_marker_app15 = 0xEF,
  k_marker_com = 0xFE
};

// k_zigzag_to_natural[k] is the row-major index (8 * row + column) of the k-th coefficient in zigzag order.
inline constexpr std::array<std::uint8_t, k_block_size> k_zigzag_to_natural = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

inline constexpr std::array<std::uint8_t, k_block_size> k_natural_to_zigzag = [] {
  std::array<std::uint8_t, k_block_size> order{};
  for (std::uint8_t k = 0; k < k_block_size; ++k)
    order[k_zigzag_to_natural[k]] = k;
  return order;
}();

}  // namespace imgopt::jpeg
