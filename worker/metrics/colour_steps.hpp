// sRGB to linear light and linear light to XYB over any fused multiply-add; see gaussian_steps.hpp for the
// rules.
//
// Matrix and bias are those of the JPEG XL specification (ISO/IEC 18181-1). The approximations and their
// constants are those of libjxl (github.com/libjxl/libjxl, lib/jxl/fast_math-inl.h and
// transfer_functions-inl.h), for their last bits count; see kernels.hpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "worker/metrics/float4.hpp"

namespace imgopt::perceptual {

template <typename Arithmetic>
struct ColourSteps {
  // The value of a polynomial, coefficients from the highest power down.
  [[gnu::always_inline]] static inline Float4 polynomial4(Float4 x, const float (&coefficients)[5]) {
    Float4 value = splat4(coefficients[0]);
    for (int i = 1; i < 5; ++i)
      value = Arithmetic::fused(value, x, splat4(coefficients[i]));
    return value;
  }

  static void srgb_to_linear(float* values, std::size_t count) {
    constexpr float k_numerator[5] = {8.210152774e-01F, 7.961564959e-01F, 1.624820318e-01F, 1.043637593e-02F,
                                      2.200248328e-04F};
    constexpr float k_denominator[5] = {6.521209011e-03F, -5.512498495e-02F, 4.987528350e-01F,
                                        1.076976492e+00F, 2.631846970e-01F};
    for (std::size_t i = 0; i < count; i += k_lanes) {
      const Float4 encoded = load4(values + i);
      const Float4 power = polynomial4(encoded, k_numerator) / polynomial4(encoded, k_denominator);
      const Float4 line = encoded * splat4(1.0F / 12.92F);
      store4(values + i, encoded > splat4(0.04045F) ? power : line);
    }
  }

  // Cube root less `offset`, of numbers that are zero or positive and normal.
  [[gnu::always_inline]] static inline Float4 cube_root_less4(Float4 x, float offset) {
    // A guess at x^(-1/3) from the exponent alone, e -> bias - e/3. A third of a small integer is exact in
    // float after truncation, and SSE2 has no 32-bit multiplication.
    constexpr std::int32_t k_guess_bias = 0x54800000;
    constexpr std::int32_t k_third_of_exponent = 0x002AAAAA;
    const Int4 exponent = bits4(x) >> 23;
    const Int4 guess = k_guess_bias - exponent * k_third_of_exponent;
    Float4 inverse = from_bits4(guess & ~(bits4(x) == 0));

    const Float4 third = splat4(1.0F / 3.0F);
    const Float4 minus_x_third = -(third * x);
    for (int i = 0; i < 3; ++i) {
      const Float4 square = inverse * inverse;
      inverse = Arithmetic::fused(minus_x_third, square * square, splat4(4.0F / 3.0F) * inverse);
    }
    const Float4 square = inverse * inverse;
    inverse = Arithmetic::fused(third, Arithmetic::fused(-x, square * square, inverse), inverse);
    return Arithmetic::fused(inverse * inverse, x, splat4(-offset));
  }

  static void linear_to_xyb(const float* const linear[3], std::size_t count, float* const xyb[3]) {
    // Rows sum to one, in float.
    constexpr float k_mix[3][3] = {
        {0.3F, 1.0F - 0.078F - 0.3F, 0.078F},
        {0.23F, 1.0F - 0.078F - 0.23F, 0.078F},
        {0.24342268924547819F, 0.20476744424496821F, 1.0F - 0.24342268924547819F - 0.20476744424496821F}};
    constexpr float k_bias = 0.0037930732552754493F;
    constexpr float k_bias_root = 0.15595420054924863F;
    for (std::size_t i = 0; i < count; i += k_lanes) {
      Float4 cones[3];
      for (int c = 0; c < 3; ++c) {
        Float4 mixed = Arithmetic::fused(splat4(k_mix[c][2]), load4(linear[2] + i), splat4(k_bias));
        mixed = Arithmetic::fused(splat4(k_mix[c][1]), load4(linear[1] + i), mixed);
        mixed = Arithmetic::fused(splat4(k_mix[c][0]), load4(linear[0] + i), mixed);
        cones[c] = cube_root_less4(max4(mixed, Float4{}), k_bias_root);
      }
      const Float4 x = splat4(0.5F) * (cones[0] - cones[1]);
      const Float4 y = splat4(0.5F) * (cones[0] + cones[1]);
      // The shifts are SSIMULACRA 2's own (github.com/cloudinary/ssimulacra2).
      store4(xyb[0] + i, x * splat4(14.0F) + splat4(0.42F));
      store4(xyb[1] + i, y + splat4(0.01F));
      store4(xyb[2] + i, (cones[2] - y) + splat4(0.55F));
    }
  }
};

}  // namespace imgopt::perceptual
