// The recursive blur of kernels.hpp over any fused multiply-add.
//
// Included by one source file for each set of processor features. `Arithmetic` has `fused(a, b, c)`, which is
// a * b + c rounded once, and must be local to the file, so that what is made from it stays there; for the
// same reason nothing of the standard library is called.
#pragma once

#include <cstddef>

#include "worker/metrics/float4.hpp"
#include "worker/metrics/kernels.hpp"

namespace imgopt::perceptual {

// One of the three recursions, y[n] = input * (x[n - 6] + x[n + 4]) - d * y[n - 1] - y[n - 2], and the same
// expanded for four outputs at a time: y[n + i] from y[n - 1] by `last[i]`, from y[n - 2] by
// `before_last[i]`, from the input j places before by `inputs[i - j]`.
struct CosineRecursion {
  float d;
  float input;
  float last[4];
  float before_last[4];
  float inputs[4];
};

constexpr CosineRecursion make_recursion(double d, double input) {
  const double square = d * d;
  return {
      static_cast<float>(d),
      static_cast<float>(input),
      {static_cast<float>(-d), static_cast<float>(square - 1.0), static_cast<float>(-square * d + 2.0 * d),
       static_cast<float>(square * square - 3.0 * square + 1.0)},
      {-1.0F, static_cast<float>(d), static_cast<float>(-square + 1.0),
       static_cast<float>(square * d - 2.0 * d)},
      {static_cast<float>(input), static_cast<float>(-d * input), static_cast<float>(square * input - input),
       static_cast<float>(-square * d * input + 2.0 * d * input)}};
}

// d = -2 cos(k pi / 10) and input = -beta_k cos(6 k pi / 10), beta solving the paper's equations (52) to
// (56).
inline constexpr CosineRecursion k_recursions[3] = {
    make_recursion(-1.9021130325903071, 0.055295235726086633),
    make_recursion(-1.1755705045849463, -0.058836687026949989),
    make_recursion(-1.2246467991473532e-16, 0.012955819110517089)};

template <typename Arithmetic>
struct GaussianSteps {
  // y[n - 1] and y[n - 2] in all lanes.
  struct Past {
    Float4 last, before_last;
  };

  [[gnu::always_inline]] static inline Float4 spread(Float4 value, int lane) { return splat4(value[lane]); }

  // The next output alone, in all lanes.
  [[gnu::always_inline]] static inline Float4 one(const CosineRecursion& k, Float4 sum, Past& past) {
    Float4 out = sum * splat4(k.input);
    out = Arithmetic::fused(splat4(k.before_last[0]), past.before_last, out);
    out = Arithmetic::fused(splat4(k.last[0]), past.last, out);
    past = {out, past.last};
    return out;
  }

  // The next four outputs.
  [[gnu::always_inline]] static inline Float4 four(const CosineRecursion& k, Float4 sums, Past& past) {
    const float* i = k.inputs;
    Float4 out = spread(sums, 0) * load4(i);
    out = Arithmetic::fused(Float4{0.0F, i[0], i[1], i[2]}, spread(sums, 1), out);
    out = Arithmetic::fused(Float4{0.0F, 0.0F, i[0], i[1]}, spread(sums, 2), out);
    out = Arithmetic::fused(Float4{0.0F, 0.0F, 0.0F, i[0]}, spread(sums, 3), out);
    out = Arithmetic::fused(load4(k.before_last), past.before_last, out);
    out = Arithmetic::fused(load4(k.last), past.last, out);
    past = {spread(out, 3), spread(out, 2)};
    return out;
  }

  static void blur_along_row(const float* in, RowPart part, float* carry, float* out) {
    // The reference takes outputs one by one up to column 8 and from 7 before the end on, in between by
    // fours; the two round differently.
    constexpr std::ptrdiff_t k_fours_begin = 8;
    const auto first = static_cast<std::ptrdiff_t>(part.first);
    const auto last = static_cast<std::ptrdiff_t>(part.last);
    const std::ptrdiff_t fours_end = static_cast<std::ptrdiff_t>(part.width) - 7;
    in -= first;
    out -= first;

    Past p1 = {splat4(carry[0]), splat4(carry[1])};
    Past p3 = {splat4(carry[2]), splat4(carry[3])};
    Past p5 = {splat4(carry[4]), splat4(carry[5])};
    const auto next = [&](std::ptrdiff_t n) __attribute__((always_inline)) {
      const Float4 sum = splat4(in[n - 6] + in[n + 4]);
      const Float4 y1 = one(k_recursions[0], sum, p1);
      const Float4 y3 = one(k_recursions[1], sum, p3);
      const Float4 y5 = one(k_recursions[2], sum, p5);
      return (y1 + (y3 + y5))[0];
    };

    std::ptrdiff_t n = first;
    if (n == 0) {
      for (std::ptrdiff_t before = -4; before < 0; ++before) {
        // Only the right one of the two inputs is in the row.
        const Float4 sum = splat4(0.0F + in[before + 4]);
        (void)one(k_recursions[0], sum, p1);
        (void)one(k_recursions[1], sum, p3);
        (void)one(k_recursions[2], sum, p5);
      }
    }
    for (; n < last && n < k_fours_begin; ++n)
      out[n] = next(n);
    for (; n + 4 <= last && n < fours_end; n += 4) {
      const Float4 sums = load4(in + n - 6) + load4(in + n + 4);
      const Float4 y1 = four(k_recursions[0], sums, p1);
      const Float4 y3 = four(k_recursions[1], sums, p3);
      const Float4 y5 = four(k_recursions[2], sums, p5);
      store4(out + n, y1 + (y3 + y5));
    }
    for (; n < last; ++n)
      out[n] = next(n);

    const Past* const pasts[3] = {&p1, &p3, &p5};
    for (int i = 0; i < 3; ++i) {
      carry[2 * i] = pasts[i]->last[0];
      carry[2 * i + 1] = pasts[i]->before_last[0];
    }
  }

  static void blur_down_columns(const float* above, const float* below, std::size_t count, float* carry,
                                float* out) {
    for (std::size_t x = 0; x < count; x += k_lanes, carry += k_column_carry_floats) {
      const Float4 sum = load4(above + x) + load4(below + x);
      Float4 y[3];
      for (int i = 0; i < 3; ++i) {
        const CosineRecursion& k = k_recursions[i];
        float* past = carry + 8 * i;
        const Float4 last = load4(past);
        const Float4 rest = -Arithmetic::fused(splat4(k.d), last, load4(past + 4));
        y[i] = Arithmetic::fused(splat4(k.input), sum, rest);
        store4(past, y[i]);
        store4(past + 4, last);
      }
      store4(out + x, y[0] + (y[1] + y[2]));
    }
  }
};

}  // namespace imgopt::perceptual
