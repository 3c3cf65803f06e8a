// The error maps of SSIMULACRA 2, summed along a row; see gaussian_steps.hpp for the rules.
#pragma once

#include <cstddef>

#include "worker/metrics/kernels.hpp"
#include "worker/metrics/vectors.hpp"

namespace imgopt::perceptual {

template <typename Arithmetic>
struct ErrorSteps {
  using Vector = typename Arithmetic::Vector;

  // Errors and their fourth powers. There are always eight sums, so that their order does not depend on the
  // vector's width.
  struct Sums {
    static constexpr std::size_t k_parts = k_error_lanes / k_lanes<Vector>;
    Vector plain[k_parts] = {};
    Vector fourth[k_parts] = {};

    [[gnu::always_inline]] inline void add(std::size_t part, Vector error) {
      const Vector square = error * error;
      plain[part] += error;
      fourth[part] += square * square;
    }
    [[gnu::always_inline]] inline void add_to(ErrorLanes& lanes) const {
      for (std::size_t part = 0; part < k_parts; ++part) {
        const std::size_t lane = part * k_lanes<Vector>;
        store(lanes.plain + lane, load<Vector>(lanes.plain + lane) + plain[part]);
        store(lanes.fourth + lane, load<Vector>(lanes.fourth + lane) + fourth[part]);
      }
    }
  };

  // Calls `visit(x, part, left)` for each vector; `left` counts the columns from `x` to the end.
  template <typename Visit>
  [[gnu::always_inline]] static inline void for_each_vector(std::size_t count, const Visit& visit) {
    for (std::size_t x = 0; x < count; x += k_error_lanes) {
      for (std::size_t part = 0; part < Sums::k_parts; ++part) {
        const std::size_t at = x + part * k_lanes<Vector>;
        visit(at, part, at < count ? count - at : 0);
      }
    }
  }

  [[gnu::always_inline]] static inline Vector existing(Vector errors, std::size_t left) {
    return left >= k_lanes<Vector> ? errors : keep_first(errors, left);
  }

  static void add_structure_errors(const BlurredRows& reference, const BlurredRows& distorted,
                                   const float* mean_product, std::size_t count, ErrorLanes& structure) {
    constexpr float k_c2 = 0.0009F;
    Sums sums;
    for_each_vector(
        count, [&](std::size_t x, std::size_t part, std::size_t left) __attribute__((always_inline)) {
          const auto mean1 = load<Vector>(reference.means + x);
          const auto mean2 = load<Vector>(distorted.means + x);
          const Vector apart = mean1 - mean2;
          const Vector mean_part = 1.0F - apart * apart;
          const Vector covariance = (load<Vector>(mean_product + x) - mean1 * mean2) * 2.0F + k_c2;
          const Vector variances = (load<Vector>(reference.mean_squares + x) - mean1 * mean1) +
                                   (load<Vector>(distorted.mean_squares + x) - mean2 * mean2) + k_c2;
          const Vector error = 1.0F - mean_part * covariance / variances;
          sums.add(part, existing(zero_if_negative(error), left));
        });
    sums.add_to(structure);
  }

  static void add_edge_errors(const BlurredRows& reference, const BlurredRows& distorted, std::size_t count,
                              ErrorLanes& artifact, ErrorLanes& detail_lost) {
    Sums artifact_sums;
    Sums lost_sums;
    for_each_vector(
        count, [&](std::size_t x, std::size_t part, std::size_t left) __attribute__((always_inline)) {
          const Vector edge1 =
              magnitude(load<Vector>(reference.values + x) - load<Vector>(reference.means + x));
          const Vector edge2 =
              magnitude(load<Vector>(distorted.values + x) - load<Vector>(distorted.means + x));
          const Vector gained = existing((edge2 - edge1) / (1.0F + edge1), left);
          artifact_sums.add(part, zero_if_negative(gained));
          lost_sums.add(part, zero_if_negative(-gained));
        });
    artifact_sums.add_to(artifact);
    lost_sums.add_to(detail_lost);
  }
};

}  // namespace imgopt::perceptual
