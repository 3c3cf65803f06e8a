// Vectors of four or eight floats, in the notation that GCC and clang share.
//
// Every operation is one IEEE operation a lane, so results depend neither on the width nor on the
// optimization level. Functions are inlined even in debug builds: a source file that includes this may be
// compiled for more than the processor at hand is sure to have, and its copies must not reach other files.
#pragma once

#include <cstddef>
#include <cstdint>

namespace imgopt::perceptual {

using Float4 = float __attribute__((vector_size(16)));
using Float8 = float __attribute__((vector_size(32)));

// Rows are padded to whole vectors of the widest kind.
inline constexpr std::size_t k_widest = 8;

[[nodiscard]] constexpr std::size_t round_up_to_widest(std::size_t count) {
  return (count + k_widest - 1) / k_widest * k_widest;
}

template <typename Vector>
inline constexpr std::size_t k_lanes = sizeof(Vector) / sizeof(float);

// The vector of as many 32-bit integers; comparisons give one, with all bits of a lane set where true.
template <typename Vector>
using IntegersOf = decltype(Vector{} < Vector{});

#define IMGOPT_VECTOR_FUNCTION \
  template <typename Vector>   \
  [[nodiscard, gnu::always_inline]] inline

IMGOPT_VECTOR_FUNCTION Vector splat(float value) {
  return Vector{} + value;
}

IMGOPT_VECTOR_FUNCTION Vector load(const float* from) {
  Vector value;
  __builtin_memcpy(&value, from, sizeof value);
  return value;
}

template <typename Vector>
[[gnu::always_inline]] inline void store(float* to, Vector value) {
  __builtin_memcpy(to, &value, sizeof value);
}

IMGOPT_VECTOR_FUNCTION IntegersOf<Vector> bits_of(Vector value) {
  IntegersOf<Vector> bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  return bits;
}

IMGOPT_VECTOR_FUNCTION Vector from_bits(IntegersOf<Vector> bits) {
  Vector value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

IMGOPT_VECTOR_FUNCTION Vector zero_if_negative(Vector value) {
  return value > Vector{} ? value : Vector{};
}

IMGOPT_VECTOR_FUNCTION Vector magnitude(Vector value) {
  return from_bits<Vector>(bits_of(value) & 0x7fffffff);
}

// The lanes of `value` before the one numbered `count`, zero in the others.
IMGOPT_VECTOR_FUNCTION Vector keep_first(Vector value, std::size_t count) {
  IntegersOf<Vector> numbers{};
  for (std::size_t lane = 0; lane < k_lanes<Vector>; ++lane)
    numbers[lane] = static_cast<std::int32_t>(lane);
  const auto limit = static_cast<std::int32_t>(count < k_lanes<Vector> ? count : k_lanes<Vector>);
  return from_bits<Vector>(bits_of(value) & (numbers < limit));
}

#undef IMGOPT_VECTOR_FUNCTION

}  // namespace imgopt::perceptual
