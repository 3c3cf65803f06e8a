#include "worker/jpeg/jpeg_quantize.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "jpeg_fixture.hpp"
#include "worker/jpeg/jpeg_dct.hpp"
#include "worker/jpeg/jpeg_planes.hpp"
#include "worker/jpeg/jpeg_quantize_dc.hpp"
#include "worker/jpeg/jpeg_quantizers.hpp"

namespace imgopt::jpeg {
namespace {

struct Planted {
  std::vector<float> coefficients;
  Component component;
};

// Luma of a textured picture with all quantisers `q`.
Planted plant(std::uint16_t q) {
  const Plane plane = make_planes(test::make_picture(96, 64, 1).view(), {})[0];
  Planted planted{forward_dct(plane), {}};
  planted.component.blocks_wide = 12;
  planted.component.blocks_high = 8;
  planted.component.quantizers.fill(q);
  planted.component.coefficients.resize(planted.coefficients.size());
  quantize_by_rounding(planted.coefficients, 0.5F, planted.component);
  return planted;
}

double bits_of(const Component& component, const SymbolCosts& costs) {
  const SymbolCounts counts = count_ac_symbols(component);
  double bits = 0;
  for (std::size_t symbol = 0; symbol < counts.size(); ++symbol)
    bits += counts[symbol] * double{costs[symbol]};
  return bits;
}

double squared_steps(const Planted& planted) {
  double sum = 0;
  for (std::size_t i = 0; i < planted.coefficients.size(); ++i) {
    if (i % 64 != 0)
      sum += std::pow(
          planted.coefficients[i] / planted.component.quantizers[i % 64] - planted.component.coefficients[i],
          2);
  }
  return sum;
}

TEST(ForwardDct, GivesMeanAndCosineTheirCoefficient) {
  Plane plane{8, 8, std::vector<float>(64, 10.0F)};
  EXPECT_NEAR(forward_dct(plane)[0], 80.0F, 1e-4F);
  for (std::size_t i = 0; i < 64; ++i)  // one horizontal half wave: natural position 1, zigzag 1
    plane.samples[i] = std::cos((2.0F * static_cast<float>(i % 8) + 1.0F) * 3.14159265F / 16.0F);
  const std::vector<float> coefficients = forward_dct(plane);
  for (std::size_t k = 0; k < 64; ++k)
    EXPECT_NEAR(coefficients[k], k == 1 ? 8.0F * std::sqrt(0.5F) : 0.0F, 1e-4F) << k;
}

TEST(QuantizeByRate, LowersBitsPlusWeightedError) {
  for (const float lambda : {2.0F, 8.0F, 30.0F}) {
    Planted planted = plant(9);
    const SymbolCosts costs = symbol_costs(count_ac_symbols(planted.component));
    const double before = bits_of(planted.component, costs) + lambda * squared_steps(planted);
    const std::vector<float> lambdas(planted.component.block_count(), lambda);
    quantize_by_rate(planted.coefficients, lambdas, costs, 0.0, planted.component);
    EXPECT_LT(bits_of(planted.component, costs) + lambda * squared_steps(planted), before);
  }
}

TEST(QuantizeByRate, KeepsTheNearestValuesWhereErrorIsDear) {
  Planted planted = plant(9);
  const Component nearest = planted.component;
  const std::vector<float> lambdas(planted.component.block_count(), 1e5F);
  quantize_by_rate(planted.coefficients, lambdas, symbol_costs(count_ac_symbols(nearest)), 0.0,
                   planted.component);
  int different = 0;
  for (std::size_t i = 0; i < nearest.coefficients.size(); ++i)
    different += nearest.coefficients[i] != planted.component.coefficients[i] ? 1 : 0;
  EXPECT_LE(different, 3);  // only values half way between two steps
}

TEST(QuantizeByRate, ZeroesEverythingWhereErrorIsFree) {
  Planted planted = plant(9);
  const std::vector<float> lambdas(planted.component.block_count(), 0.0F);
  quantize_by_rate(planted.coefficients, lambdas, symbol_costs(count_ac_symbols(planted.component)), 0.0,
                   planted.component);
  for (std::size_t i = 0; i < planted.component.coefficients.size(); ++i) {
    if (i % 64 != 0) {
      EXPECT_EQ(planted.component.coefficients[i], 0);
    }
  }
}

TEST(QuantizeDcByRate, LevelsStepsThatRoundingMakes) {
  Planted planted = plant(10);
  for (std::size_t b = 0; b < planted.component.block_count(); ++b)
    planted.coefficients[b * 64] = b % 5 == 1 ? 46.0F : 44.0F;  // 4.6 and 4.4 steps
  quantize_by_rounding(planted.coefficients, 0.5F, planted.component);
  EXPECT_NE(planted.component.block(0)[0], planted.component.block(1)[0]);
  const std::vector<float> lambdas(planted.component.block_count(), 4.0F);
  quantize_dc_by_rate(planted.coefficients, lambdas, planted.component);
  for (std::size_t b = 1; b < planted.component.block_count(); ++b)
    EXPECT_EQ(planted.component.block(b)[0], planted.component.block(0)[0]);
}

TEST(QuantizeDcByRate, KeepsTheNearestValuesWhereErrorIsDear) {
  Planted planted = plant(9);
  const Component nearest = planted.component;
  const std::vector<float> lambdas(nearest.block_count(), 1e4F);
  quantize_dc_by_rate(planted.coefficients, lambdas, planted.component);
  int different = 0;
  for (std::size_t b = 0; b < nearest.block_count(); ++b)
    different += nearest.block(b)[0] != planted.component.block(b)[0] ? 1 : 0;
  EXPECT_LE(different, 3);  // only values half way between two steps
}

TEST(QualityScale, FallsWithEveryStepOfQuality) {
  for (int quality = 2; quality <= 100; ++quality)
    EXPECT_LT(quality_scale(quality), quality_scale(quality - 1)) << quality;
}

TEST(BuildQuantizers, StayWithinBaselineRange) {
  const Tuning tuning;
  for (const int quality : {1, 50, 100}) {
    for (const std::uint16_t q : build_quantizers(tuning.luma, quality_scale(quality))) {
      EXPECT_GE(q, 1);
      EXPECT_LE(q, 255);
    }
  }
}

}  // namespace
}  // namespace imgopt::jpeg
