// Compiled with the processor's fused multiply-add switched on where it is an extension: nothing in here may
// be called before the processor was asked for it, except the question itself.
#include "worker/metrics/colour_steps.hpp"
#include "worker/metrics/error_steps.hpp"
#include "worker/metrics/gaussian_steps.hpp"
#include "worker/metrics/kernels.hpp"

#if defined(__x86_64__) && defined(__FMA__) && defined(__AVX2__)
#include <immintrin.h>
#define IMGOPT_HAS_FUSED 1
#elif defined(__aarch64__)
#include <arm_neon.h>
#define IMGOPT_HAS_FUSED 1
#endif

namespace imgopt::perceptual {

#ifdef IMGOPT_HAS_FUSED
namespace {

struct FusedArithmetic {
#ifdef __x86_64__
  using Vector = Float8;
  [[gnu::always_inline]] static inline Float4 fused(Float4 a, Float4 b, Float4 c) {
    return _mm_fmadd_ps(a, b, c);
  }
  [[gnu::always_inline]] static inline Float8 fused(Float8 a, Float8 b, Float8 c) {
    return _mm256_fmadd_ps(a, b, c);
  }
#else
  using Vector = Float4;
  [[gnu::always_inline]] static inline Float4 fused(Float4 a, Float4 b, Float4 c) {
    return vfmaq_f32(c, a, b);
  }
#endif
};

constexpr Kernels k_kernels = {
    ColourSteps<FusedArithmetic>::srgb_to_linear,      ColourSteps<FusedArithmetic>::linear_to_xyb,
    GaussianSteps<FusedArithmetic>::blur_along_rows,   GaussianSteps<FusedArithmetic>::blur_down_columns,
    ErrorSteps<FusedArithmetic>::add_structure_errors, ErrorSteps<FusedArithmetic>::add_edge_errors};

}  // namespace

const Kernels* fused_kernels() {
#ifdef __x86_64__
  if (!__builtin_cpu_supports("fma") || !__builtin_cpu_supports("avx2"))
    return nullptr;
#endif
  return &k_kernels;
}
#else
const Kernels* fused_kernels() {
  return nullptr;
}
#endif

}  // namespace imgopt::perceptual
