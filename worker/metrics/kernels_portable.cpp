#include "worker/metrics/kernels.hpp"

#include <cstdint>

#include "worker/metrics/colour_steps.hpp"
#include "worker/metrics/gaussian_steps.hpp"

namespace imgopt::perceptual {
namespace {

// a * b + c with one rounding, on processors that cannot. The product of two floats is exact in double; the
// sum is rounded to odd there, so that rounding it again to float is as if it had been rounded once (S.
// Boldo, G. Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to
// odd", 2008).
struct PortableArithmetic {
  using Double4 = double __attribute__((vector_size(32)));
  using Long4 = std::int64_t __attribute__((vector_size(32)));

  [[gnu::always_inline]] static inline Float4 fused(Float4 a, Float4 b, Float4 c) {
    const Double4 product = __builtin_convertvector(a, Double4) * __builtin_convertvector(b, Double4);
    const Double4 addend = __builtin_convertvector(c, Double4);
    const Double4 sum = product + addend;
    const Double4 part = sum - product;
    const Double4 error = (product - (sum - part)) + (addend - part);
    Long4 bits;
    __builtin_memcpy(&bits, &sum, sizeof bits);
    // An inexact even sum moves by one unit towards the exact one: up in magnitude if the error has its sign.
    const Long4 up = (error > Double4{}) == (sum > Double4{});  // all bits set, that is -1, where true
    const Long4 even = (bits & 1) - 1;
    const Long4 inexact = error != Double4{};
    bits += (-1 - 2 * up) & even & inexact;
    Double4 odd;
    __builtin_memcpy(&odd, &bits, sizeof odd);
    return __builtin_convertvector(odd, Float4);
  }
};

constexpr Kernels k_kernels = {
    ColourSteps<PortableArithmetic>::srgb_to_linear, ColourSteps<PortableArithmetic>::linear_to_xyb,
    GaussianSteps<PortableArithmetic>::blur_along_row, GaussianSteps<PortableArithmetic>::blur_down_columns};

}  // namespace

const Kernels& portable_kernels() {
  return k_kernels;
}

const Kernels& kernels() {
  static const Kernels* const kernels = fused_kernels() != nullptr ? fused_kernels() : &portable_kernels();
  return *kernels;
}

}  // namespace imgopt::perceptual
