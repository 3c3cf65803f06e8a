// Compiled with the processor's fused multiply-add switched on where it is an extension: nothing in here may
// be called before the processor was asked for it, except the question itself.
#include "worker/metrics/colour_steps.hpp"
#include "worker/metrics/gaussian_steps.hpp"
#include "worker/metrics/kernels.hpp"

#if defined(__x86_64__) && defined(__FMA__)
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
  [[gnu::always_inline]] static inline Float4 fused(Float4 a, Float4 b, Float4 c) {
#ifdef __x86_64__
    return _mm_fmadd_ps(a, b, c);
#else
    return vfmaq_f32(c, a, b);
#endif
  }
};

constexpr Kernels k_kernels = {
    ColourSteps<FusedArithmetic>::srgb_to_linear, ColourSteps<FusedArithmetic>::linear_to_xyb,
    GaussianSteps<FusedArithmetic>::blur_along_row, GaussianSteps<FusedArithmetic>::blur_down_columns};

}  // namespace

const Kernels* fused_kernels() {
#ifdef __x86_64__
  if (!__builtin_cpu_supports("fma") || !__builtin_cpu_supports("avx"))
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
