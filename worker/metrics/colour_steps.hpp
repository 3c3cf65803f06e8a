// sRGB to linear light and linear light to XYB over any fused multiply-add; see gaussian_steps.hpp for the
// rules.
//
// Matrix and bias are those of the JPEG XL specification (ISO/IEC 18181-1). The approximations and their
// constants are those of libjxl (github.com/libjxl/libjxl, lib/jxl/fast_math-inl.h and
// transfer_functions-inl.h), for their last bits count; see kernels.hpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "worker/metrics/vectors.hpp"

namespace imgopt::perceptual {

template <typename Arithmetic>
struct ColourSteps {
  using Vector = typename Arithmetic::Vector;

  // The value of a polynomial, coefficients from the highest power down.
  [[gnu::always_inline]] static inline Vector polynomial(Vector x, const float (&coefficients)[5]) {
    Vector value = splat<Vector>(coefficients[0]);
    for (int i = 1; i < 5; ++i)
      value = Arithmetic::fused(value, x, splat<Vector>(coefficients[i]));
    return value;
  }

  static void srgb_to_linear(float* values, std::size_t count) {
    constexpr float k_numerator[5] = {8.210152774e-01F, 7.961564959e-01F, 1.624820318e-01F, 1.043637593e-02F,
                                      2.200248328e-04F};
    constexpr float k_denominator[5] = {6.521209011e-03F, -5.512498495e-02F, 4.987528350e-01F,
                                        1.076976492e+00F, 2.631846970e-01F};
    for (std::size_t i = 0; i < count; i += k_lanes<Vector>) {
      const auto encoded = load<Vector>(values + i);
      const Vector power = polynomial(encoded, k_numerator) / polynomial(encoded, k_denominator);
      const Vector line = encoded * (1.0F / 12.92F);
      store(values + i, encoded > splat<Vector>(0.04045F) ? power : line);
    }
  }

  // Cube root less `offset`, of numbers that are zero or positive and normal.
  [[gnu::always_inline]] static inline Vector cube_root_less(Vector x, float offset) {
    // A guess at x^(-1/3) from the exponent alone: e -> bias - e/3.
    constexpr std::int32_t k_third_of_exponent = 0x002AAAAA;
    const auto guess = 0x54800000 - (bits_of(x) >> 23) * k_third_of_exponent;
    auto inverse = from_bits<Vector>(guess & ~(bits_of(x) == 0));

    const auto third = splat<Vector>(1.0F / 3.0F);
    const Vector minus_x_third = -(third * x);
    for (int i = 0; i < 3; ++i) {
      const Vector square = inverse * inverse;
      inverse = Arithmetic::fused(minus_x_third, square * square, inverse * (4.0F / 3.0F));
    }
    const Vector square = inverse * inverse;
    inverse = Arithmetic::fused(third, Arithmetic::fused(-x, square * square, inverse), inverse);
    return Arithmetic::fused(inverse * inverse, x, splat<Vector>(-offset));
  }

  static void linear_to_xyb(const float* const linear[3], std::size_t count, float* const xyb[3]) {
    // Rows sum to one, in float.
    constexpr float k_mix[3][3] = {
        {0.3F, 1.0F - 0.078F - 0.3F, 0.078F},
        {0.23F, 1.0F - 0.078F - 0.23F, 0.078F},
        {0.24342268924547819F, 0.20476744424496821F, 1.0F - 0.24342268924547819F - 0.20476744424496821F}};
    constexpr float k_bias = 0.0037930732552754493F;
    constexpr float k_bias_root = 0.15595420054924863F;
    for (std::size_t i = 0; i < count; i += k_lanes<Vector>) {
      Vector cones[3];
      for (int c = 0; c < 3; ++c) {
        auto mixed = splat<Vector>(k_bias);
        for (int primary = 2; primary >= 0; --primary)
          mixed =
              Arithmetic::fused(splat<Vector>(k_mix[c][primary]), load<Vector>(linear[primary] + i), mixed);
        cones[c] = cube_root_less(zero_if_negative(mixed), k_bias_root);
      }
      const Vector x = (cones[0] - cones[1]) * 0.5F;
      const Vector y = (cones[0] + cones[1]) * 0.5F;
      // The shifts are SSIMULACRA 2's own (github.com/cloudinary/ssimulacra2).
      store(xyb[0] + i, x * 14.0F + 0.42F);
      store(xyb[1] + i, y + 0.01F);
      store(xyb[2] + i, (cones[2] - y) + 0.55F);
    }
  }
};

}  // namespace imgopt::perceptual
