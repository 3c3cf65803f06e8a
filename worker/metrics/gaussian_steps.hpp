// The recursive blur of kernels.hpp over any fused multiply-add.
//
// Included by one source file for each set of processor features. `Arithmetic` has `fused(a, b, c)`, which is
// a * b + c rounded once, for Float4 and for its preferred `Vector`, and must be local to the file, so that
// what is made from it stays there; for the same reason nothing of the standard library is called.
#pragma once

#include <cstddef>

#include "worker/metrics/kernels.hpp"
#include "worker/metrics/vectors.hpp"

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
  // Four columns each of one row, or of two rows side by side.
  template <typename Vector>
  struct AlongRows {
    static constexpr int k_rows = static_cast<int>(k_lanes<Vector>) / 4;

    // y[n - 1] and y[n - 2] of each row, in all of its lanes.
    struct Past {
      Vector last, before_last;
    };

    // The four numbers in the lanes of each row.
    [[gnu::always_inline]] static inline Vector repeat(float a, float b, float c, float d) {
      if constexpr (k_rows == 1)
        return Vector{a, b, c, d};
      else
        return Vector{a, b, c, d, a, b, c, d};
    }

    // Each row's lane number `lane` in all of its lanes.
    template <int lane>
    [[gnu::always_inline]] static inline Vector spread(Vector v) {
      if constexpr (k_rows == 1)
        return __builtin_shufflevector(v, v, lane, lane, lane, lane);
      else
        return __builtin_shufflevector(v, v, lane, lane, lane, lane, lane + 4, lane + 4, lane + 4, lane + 4);
    }

    // `value(row)` in all lanes of each row.
    template <typename Value>
    [[gnu::always_inline]] static inline Vector each_row(const Value& value) {
      const float a = value(0);
      if constexpr (k_rows == 1) {
        return splat<Vector>(a);
      } else {
        const float b = value(1);
        return Vector{a, a, a, a, b, b, b, b};
      }
    }

    [[gnu::always_inline]] static inline Vector load_four(const float* const* rows, std::ptrdiff_t n) {
      if constexpr (k_rows == 1)
        return load<Vector>(rows[0] + n);
      else
        return __builtin_shufflevector(load<Float4>(rows[0] + n), load<Float4>(rows[1] + n), 0, 1, 2, 3, 4, 5,
                                       6, 7);
    }

    [[gnu::always_inline]] static inline void store_four(float* const* rows, std::ptrdiff_t n, Vector v) {
      if constexpr (k_rows == 1) {
        store(rows[0] + n, v);
      } else {
        store(rows[0] + n, Float4(__builtin_shufflevector(v, v, 0, 1, 2, 3)));
        store(rows[1] + n, Float4(__builtin_shufflevector(v, v, 4, 5, 6, 7)));
      }
    }

    // The next output alone, in all lanes.
    [[gnu::always_inline]] static inline Vector one(const CosineRecursion& k, Vector sum, Past& past) {
      Vector out = sum * k.input;
      out = Arithmetic::fused(splat<Vector>(k.before_last[0]), past.before_last, out);
      out = Arithmetic::fused(splat<Vector>(k.last[0]), past.last, out);
      past = {out, past.last};
      return out;
    }

    // The next four outputs.
    [[gnu::always_inline]] static inline Vector four(const CosineRecursion& k, Vector sums, Past& past) {
      const float* i = k.inputs;
      Vector out = spread<0>(sums) * repeat(i[0], i[1], i[2], i[3]);
      out = Arithmetic::fused(repeat(0.0F, i[0], i[1], i[2]), spread<1>(sums), out);
      out = Arithmetic::fused(repeat(0.0F, 0.0F, i[0], i[1]), spread<2>(sums), out);
      out = Arithmetic::fused(repeat(0.0F, 0.0F, 0.0F, i[0]), spread<3>(sums), out);
      const float* b = k.before_last;
      out = Arithmetic::fused(repeat(b[0], b[1], b[2], b[3]), past.before_last, out);
      const float* l = k.last;
      out = Arithmetic::fused(repeat(l[0], l[1], l[2], l[3]), past.last, out);
      past = {spread<3>(out), spread<2>(out)};
      return out;
    }

    static void blur(const float* const* in_parts, RowPart part, float* const* carries,
                     float* const* out_parts) {
      // The reference takes outputs one by one up to column 8 and from 7 before the end on, in between by
      // fours; the two round differently.
      constexpr std::ptrdiff_t k_fours_begin = 8;
      const auto first = static_cast<std::ptrdiff_t>(part.first);
      const auto last = static_cast<std::ptrdiff_t>(part.last);
      const std::ptrdiff_t fours_end = static_cast<std::ptrdiff_t>(part.width) - 7;
      const float* in[k_rows];
      float* out[k_rows];
      for (int row = 0; row < k_rows; ++row) {
        in[row] = in_parts[row] - first;
        out[row] = out_parts[row] - first;
      }
      const auto carried = [&](int i) __attribute__((always_inline)) {
        return each_row([&](int row) { return carries[row][i]; });
      };
      Past past[3] = {{carried(0), carried(1)}, {carried(2), carried(3)}, {carried(4), carried(5)}};

      const auto next = [&](std::ptrdiff_t n) __attribute__((always_inline)) {
        const Vector sum =
            each_row([&](int row) { return (n >= 0 ? in[row][n - 6] : 0.0F) + in[row][n + 4]; });
        const Vector y1 = one(k_recursions[0], sum, past[0]);
        const Vector y3 = one(k_recursions[1], sum, past[1]);
        const Vector y5 = one(k_recursions[2], sum, past[2]);
        if (n >= 0) {
          const Vector y = y1 + (y3 + y5);
          for (int row = 0; row < k_rows; ++row)
            out[row][n] = y[4 * row];
        }
      };

      std::ptrdiff_t n = first == 0 ? -4 : first;
      for (; n < last && n < k_fours_begin; ++n)
        next(n);
      for (; n + 4 <= last && n < fours_end; n += 4) {
        const Vector sums = load_four(in, n - 6) + load_four(in, n + 4);
        const Vector y1 = four(k_recursions[0], sums, past[0]);
        const Vector y3 = four(k_recursions[1], sums, past[1]);
        const Vector y5 = four(k_recursions[2], sums, past[2]);
        store_four(out, n, y1 + (y3 + y5));
      }
      for (; n < last; ++n)
        next(n);

      for (int row = 0; row < k_rows; ++row) {
        for (int i = 0; i < 3; ++i) {
          carries[row][2 * i] = past[i].last[4 * row];
          carries[row][2 * i + 1] = past[i].before_last[4 * row];
        }
      }
    }
  };

  static void blur_along_rows(const float* const* in, std::size_t rows, RowPart part, float* const* carries,
                              float* const* out) {
    using Vector = typename Arithmetic::Vector;
    constexpr std::size_t k_together = k_lanes<Vector> / 4;
    std::size_t row = 0;
    for (; row + k_together <= rows; row += k_together)
      AlongRows<Vector>::blur(in + row, part, carries + row, out + row);
    for (; row < rows; ++row)
      AlongRows<Float4>::blur(in + row, part, carries + row, out + row);
  }

  static void blur_down_columns(const float* above, const float* below, std::size_t count, float* carry,
                                float* out) {
    using Vector = typename Arithmetic::Vector;
    constexpr std::size_t k_step = k_lanes<Vector>;
    for (std::size_t x = 0; x < count; x += k_step, carry += k_step * k_column_carry_floats) {
      const Vector sum = load<Vector>(above + x) + load<Vector>(below + x);
      Vector y[3];
      for (std::size_t i = 0; i < 3; ++i) {
        const CosineRecursion& k = k_recursions[i];
        float* past = carry + 2 * i * k_step;
        const auto last = load<Vector>(past);
        const auto before_last = load<Vector>(past + k_step);
        const Vector rest = -Arithmetic::fused(splat<Vector>(k.d), last, before_last);
        y[i] = Arithmetic::fused(splat<Vector>(k.input), sum, rest);
        store(past, y[i]);
        store(past + k_step, last);
      }
      store(out + x, y[0] + (y[1] + y[2]));
    }
  }
};

}  // namespace imgopt::perceptual
