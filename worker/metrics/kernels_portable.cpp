#include <cmath>
#include <cstdint>

#include "worker/metrics/colour_steps.hpp"
#include "worker/metrics/error_steps.hpp"
#include "worker/metrics/gaussian_steps.hpp"
#include "worker/metrics/kernels.hpp"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace imgopt::perceptual {
namespace {

// a * b + c with one rounding, on processors that may not be able to.
struct PortableArithmetic {
  using Vector = Float4;

  static Float4 one_by_one(Float4 a, Float4 b, Float4 c) {
    return Float4{std::fma(a[0], b[0], c[0]), std::fma(a[1], b[1], c[1]), std::fma(a[2], b[2], c[2]),
                  std::fma(a[3], b[3], c[3])};
  }

#ifdef __SSE2__
  // In double the product is exact, and rounding the sum to double and then to float goes wrong only if the
  // first rounding ends half-way between two floats (or the result is below the normal floats, which does not
  // occur here). That is told from the 29 bits that the second rounding drops, and left to the slow way.
  [[gnu::always_inline]] static inline Float4 fused(Float4 a, Float4 b, Float4 c) {
    const __m128d low = sum_in_double(a, b, c);
    const __m128d high = sum_in_double(_mm_movehl_ps(a, a), _mm_movehl_ps(b, b), _mm_movehl_ps(c, c));
    const __m128 dropped = _mm_shuffle_ps(_mm_castpd_ps(low), _mm_castpd_ps(high), _MM_SHUFFLE(2, 0, 2, 0));
    const __m128i half_way = _mm_cmpeq_epi32(
        _mm_and_si128(_mm_castps_si128(dropped), _mm_set1_epi32(0x1fffffff)), _mm_set1_epi32(0x10000000));
    if (__builtin_expect(_mm_movemask_epi8(half_way) != 0, 0))
      return one_by_one(a, b, c);
    return _mm_movelh_ps(_mm_cvtpd_ps(low), _mm_cvtpd_ps(high));
  }

  [[gnu::always_inline]] static inline __m128d sum_in_double(__m128 a, __m128 b, __m128 c) {
    return _mm_add_pd(_mm_mul_pd(_mm_cvtps_pd(a), _mm_cvtps_pd(b)), _mm_cvtps_pd(c));
  }
#else
  [[gnu::always_inline]] static inline Float4 fused(Float4 a, Float4 b, Float4 c) {
    return one_by_one(a, b, c);
  }
#endif
};

constexpr Kernels k_kernels = {ColourSteps<PortableArithmetic>::srgb_to_linear,
                               ColourSteps<PortableArithmetic>::linear_to_xyb,
                               GaussianSteps<PortableArithmetic>::blur_along_rows,
                               GaussianSteps<PortableArithmetic>::blur_down_columns,
                               ErrorSteps<PortableArithmetic>::add_structure_errors,
                               ErrorSteps<PortableArithmetic>::add_edge_errors};

}  // namespace

const Kernels& portable_kernels() {
  return k_kernels;
}

const Kernels& kernels() {
  static const Kernels* const fastest = fused_kernels() != nullptr ? fused_kernels() : &k_kernels;
  return *fastest;
}

}  // namespace imgopt::perceptual
