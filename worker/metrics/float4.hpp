// Four floats in one register, in the vector notation that GCC and clang share.
//
// Every operation is one IEEE operation a lane, so results do not depend on the optimization level; on x86-64
// it needs SSE2 alone, which every such processor has. All functions are inlined even in debug builds: one
// source file that includes this is compiled for more than SSE2, and its copies must not reach the others.
#pragma once

#include <cstddef>
#include <cstdint>

namespace imgopt::perceptual {

using Float4 = float __attribute__((vector_size(16)));
using Int4 = std::int32_t __attribute__((vector_size(16)));

inline constexpr std::size_t k_lanes = 4;

#define IMGOPT_INLINE [[nodiscard, gnu::always_inline]] inline

IMGOPT_INLINE Float4 splat4(float value) {
  return Float4{value, value, value, value};
}

IMGOPT_INLINE Float4 load4(const float* from) {
  Float4 value;
  __builtin_memcpy(&value, from, sizeof value);
  return value;
}

[[gnu::always_inline]] inline void store4(float* to, Float4 value) {
  __builtin_memcpy(to, &value, sizeof value);
}

IMGOPT_INLINE Float4 max4(Float4 a, Float4 b) {
  return a > b ? a : b;
}

IMGOPT_INLINE Int4 bits4(Float4 value) {
  Int4 bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  return bits;
}

IMGOPT_INLINE Float4 from_bits4(Int4 bits) {
  Float4 value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

// The lanes of `value` whose bits in `mask` are set, zero in the others.
IMGOPT_INLINE Float4 keep4(Float4 value, Int4 mask) {
  return from_bits4(bits4(value) & mask);
}

IMGOPT_INLINE Float4 abs4(Float4 value) {
  constexpr std::int32_t k_all_but_sign = 0x7fffffff;
  return keep4(value, Int4{k_all_but_sign, k_all_but_sign, k_all_but_sign, k_all_but_sign});
}

IMGOPT_INLINE double sum4(Float4 value) {
  return (static_cast<double>(value[0]) + static_cast<double>(value[1])) +
         (static_cast<double>(value[2]) + static_cast<double>(value[3]));
}

#undef IMGOPT_INLINE

// `count` rounded up to whole vectors.
[[nodiscard]] constexpr std::size_t round_up4(std::size_t count) {
  return (count + k_lanes - 1) / k_lanes * k_lanes;
}

}  // namespace imgopt::perceptual
