#include "worker/metrics/kernels.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>
#include <vector>

namespace imgopt::perceptual {
namespace {

constexpr std::size_t k_width = 203;

// Values in [0, 1), zero for some seeds now and then.
std::vector<float> random_values(std::size_t count, std::uint32_t seed) {
  std::vector<float> values(count);
  for (float& value : values) {
    seed = seed * 1664525U + 1013904223U;
    value = (seed >> 28) == 0 ? 0.0F : static_cast<float>(seed >> 8) / 16777216.0F;
  }
  return values;
}

// Rows of equal length, blurred together in parts that end at the given columns.
std::vector<std::vector<float>> blur_rows(const Kernels& kernels, const std::vector<std::vector<float>>& rows,
                                          const std::vector<std::size_t>& ends) {
  const std::size_t width = rows.front().size();
  std::vector<std::vector<float>> padded;
  std::vector<std::vector<float>> out(rows.size(), std::vector<float>(width));
  for (const auto& row : rows) {
    padded.emplace_back(width + 16);
    std::copy(row.begin(), row.end(), padded.back().begin() + 8);
  }
  std::vector<RowCarry> carries(rows.size());
  std::size_t first = 0;
  for (const std::size_t end : ends) {
    std::vector<const float*> from;
    std::vector<float*> carry;
    std::vector<float*> to;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      from.push_back(padded[i].data() + 8 + first);
      carry.push_back(carries[i].data());
      to.push_back(out[i].data() + first);
    }
    kernels.blur_along_rows(from.data(), rows.size(), {first, end, width}, carry.data(), to.data());
    first = end;
  }
  return out;
}

std::vector<float> blur_row(const Kernels& kernels, const std::vector<float>& row,
                            const std::vector<std::size_t>& ends) {
  return blur_rows(kernels, {row}, ends).front();
}

// `height` rows of 8 columns each, blurred downwards.
std::vector<float> blur_columns(const Kernels& kernels, const std::vector<float>& values,
                                std::size_t height) {
  const std::vector<float> zeros(8);
  std::vector<float> carry(8 * k_column_carry_floats);
  std::vector<float> out(8);
  std::vector<float> blurred;
  for (std::size_t y = 0; y < height + k_blur_after; ++y) {
    const float* above = y >= 10 ? values.data() + (y - 10) * 8 : zeros.data();
    const float* below = y < height ? values.data() + y * 8 : zeros.data();
    kernels.blur_down_columns(above, below, 8, carry.data(), out.data());
    if (y >= k_blur_after)
      blurred.insert(blurred.end(), out.begin(), out.end());
  }
  return blurred;
}

// The filter's impulse response at this distance, by the paper's equation for truncated cosines.
double tap(int distance) {
  constexpr double k_beta[3] = {0.17893914164149133, 0.0727261447361902, 0.012955819110517089};
  double sum = 0.0;
  for (int i = 0; i < 3; ++i)
    sum += k_beta[i] * std::cos((2 * i + 1) * std::numbers::pi / 10.0 * distance);
  return std::abs(distance) < 5 ? sum : 0.0;
}

TEST(Kernels, GiveEqualBitsWithAndWithoutFusedMultiplyAdd) {
  if (fused_kernels() == nullptr)
    GTEST_SKIP() << "this processor has no fused multiply-add";
  const Kernels& portable = portable_kernels();
  const Kernels& fused = *fused_kernels();
  const std::size_t padded = 4096;
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    auto a = random_values(padded, seed);
    auto b = a;
    portable.srgb_to_linear(a.data(), a.size());
    fused.srgb_to_linear(b.data(), b.size());
    EXPECT_EQ(a, b);

    const auto green = random_values(padded, seed + 100);
    const auto blue = random_values(padded, seed + 200);
    const float* const linear[3] = {a.data(), green.data(), blue.data()};
    std::vector<float> out_a(3 * padded);
    std::vector<float> out_b(3 * padded);
    float* const xyb_a[3] = {out_a.data(), out_a.data() + padded, out_a.data() + 2 * padded};
    float* const xyb_b[3] = {out_b.data(), out_b.data() + padded, out_b.data() + 2 * padded};
    portable.linear_to_xyb(linear, padded, xyb_a);
    fused.linear_to_xyb(linear, padded, xyb_b);
    EXPECT_EQ(out_a, out_b);

    EXPECT_EQ(blur_row(portable, green, {padded}), blur_row(fused, green, {padded}));
    EXPECT_EQ(blur_columns(portable, blue, padded / 8), blur_columns(fused, blue, padded / 8));
  }
}

TEST(Kernels, BlurRowsTogetherAsAlone) {
  const std::vector<std::vector<float>> rows = {random_values(k_width, 1), random_values(k_width, 2),
                                                random_values(k_width, 3)};
  const auto together = blur_rows(kernels(), rows, {64, k_width});
  for (std::size_t i = 0; i < rows.size(); ++i)
    EXPECT_EQ(together[i], blur_row(kernels(), rows[i], {k_width}));
}

TEST(Kernels, SumErrorsToEqualBitsWithAndWithoutFusedMultiplyAdd) {
  if (fused_kernels() == nullptr)
    GTEST_SKIP() << "this processor has no fused multiply-add";
  std::vector<std::vector<float>> rows;
  for (std::uint32_t seed = 0; seed < 7; ++seed)
    rows.push_back(random_values(208, seed + 40));
  const BlurredRows first = {rows[0].data(), rows[1].data(), rows[2].data()};
  const BlurredRows second = {rows[3].data(), rows[4].data(), rows[5].data()};
  for (std::size_t count = 1; count <= k_width; ++count) {
    std::array<ErrorLanes, 3> portable{};
    std::array<ErrorLanes, 3> fused{};
    portable_kernels().add_structure_errors(first, second, rows[6].data(), count, portable[0]);
    fused_kernels()->add_structure_errors(first, second, rows[6].data(), count, fused[0]);
    portable_kernels().add_edge_errors(first, second, count, portable[1], portable[2]);
    fused_kernels()->add_edge_errors(first, second, count, fused[1], fused[2]);
    for (std::size_t map = 0; map < 3; ++map) {
      EXPECT_TRUE(std::ranges::equal(portable[map].plain, fused[map].plain)) << count;
      EXPECT_TRUE(std::ranges::equal(portable[map].fourth, fused[map].fourth)) << count;
    }
  }
}

TEST(Kernels, SumErrorsOfExistingColumnsOnly) {
  const std::vector<float> ones(16, 1.0F);
  const std::vector<float> halves(16, 0.5F);
  const std::vector<float> zeros(16, 0.0F);
  const BlurredRows edges = {ones.data(), zeros.data(), zeros.data()};      // a full step from the mean
  const BlurredRows smooth = {halves.data(), halves.data(), zeros.data()};  // none
  for (const Kernels* set : {&portable_kernels(), &kernels()}) {
    for (std::size_t count = 1; count <= 16; ++count) {
      ErrorLanes artifact;
      ErrorLanes lost;
      set->add_edge_errors(smooth, edges, count, artifact, lost);
      set->add_edge_errors(edges, smooth, count, artifact, lost);
      EXPECT_EQ(std::accumulate(artifact.plain, artifact.plain + 8, 0.0), 1.0 * static_cast<double>(count));
      EXPECT_EQ(std::accumulate(artifact.fourth, artifact.fourth + 8, 0.0), 1.0 * static_cast<double>(count));
      EXPECT_EQ(std::accumulate(lost.plain, lost.plain + 8, 0.0), 0.5 * static_cast<double>(count));
      EXPECT_EQ(std::accumulate(lost.fourth, lost.fourth + 8, 0.0), 0.0625 * static_cast<double>(count));
    }
  }
}

TEST(Kernels, BlurRowsWithTheTruncatedCosineGaussian) {
  for (const std::size_t width : {1U, 4U, 7U, 8U, 9U, 15U, 16U, 203U}) {
    const auto row = random_values(width, 5);
    const auto blurred = blur_row(kernels(), row, {width});
    for (std::size_t x = 0; x < width; ++x) {
      double expected = 0.0;
      for (std::size_t i = 0; i < width; ++i)
        expected += tap(static_cast<int>(i) - static_cast<int>(x)) * static_cast<double>(row[i]);
      EXPECT_NEAR(static_cast<double>(blurred[x]), expected, 1e-5) << x << " of " << width;
    }
  }
}

TEST(Kernels, BlurColumnsWithTheTruncatedCosineGaussian) {
  for (const std::size_t height : {1U, 3U, 6U, 12U, 60U}) {
    const auto values = random_values(height * 8, 9);
    const auto blurred = blur_columns(kernels(), values, height);
    ASSERT_EQ(blurred.size(), values.size());
    for (std::size_t y = 0; y < height; ++y) {
      double expected = 0.0;
      for (std::size_t i = 0; i < height; ++i)
        expected += tap(static_cast<int>(i) - static_cast<int>(y)) * static_cast<double>(values[i * 8 + 2]);
      EXPECT_NEAR(static_cast<double>(blurred[y * 8 + 2]), expected, 1e-5) << y << " of " << height;
    }
  }
}

TEST(Kernels, BlurARowInPartsAsInOne) {
  const auto row = random_values(k_width, 3);
  const auto whole = blur_row(kernels(), row, {k_width});
  for (std::size_t first = 8; first < k_width; first += 4)
    EXPECT_EQ(blur_row(kernels(), row, {first, k_width}), whole) << first;
  EXPECT_EQ(blur_row(kernels(), row, {8, 64, 128, 200, k_width}), whole);
}

TEST(Kernels, DecodeTheSrgbCurve) {
  std::vector<float> values(1024);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(i) / 1023.0F;
  kernels().srgb_to_linear(values.data(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double encoded = static_cast<double>(i) / 1023.0;
    const double linear = encoded <= 0.04045 ? encoded / 12.92 : std::pow((encoded + 0.055) / 1.055, 2.4);
    EXPECT_NEAR(static_cast<double>(values[i]), linear, 2e-6);
  }
}

TEST(Kernels, ConvertGreysToConstantChroma) {
  std::vector<float> grey = {0.0F, 0.001F, 0.01F, 0.1F, 0.25F, 0.5F, 0.75F, 1.0F};
  const float* const linear[3] = {grey.data(), grey.data(), grey.data()};
  std::vector<float> out(24);
  float* const xyb[3] = {out.data(), out.data() + 8, out.data() + 16};
  kernels().linear_to_xyb(linear, 8, xyb);
  const double bias = 0.0037930732552754493;
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_NEAR(static_cast<double>(xyb[0][i]), 0.42, 1e-5);
    EXPECT_NEAR(static_cast<double>(xyb[1][i]),
                std::cbrt(static_cast<double>(grey[i]) + bias) - std::cbrt(bias) + 0.01, 1e-6);
    EXPECT_NEAR(static_cast<double>(xyb[2][i]), 0.55, 1e-6);
  }
}

}  // namespace
}  // namespace imgopt::perceptual
