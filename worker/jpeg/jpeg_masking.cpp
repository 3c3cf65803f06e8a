#include "worker/jpeg/jpeg_masking.hpp"

#include <algorithm>
#include <cmath>

namespace imgopt::jpeg {

std::vector<float> block_activity(const std::vector<float>& coefficients) {
  std::vector<float> activity;
  activity.reserve(coefficients.size() / k_block_size);
  for (std::size_t at = 0; at < coefficients.size(); at += k_block_size) {
    float sum = 0;
    for (std::size_t k = 1; k < k_block_size; ++k) {
      const float square = coefficients[at + k] * coefficients[at + k];
      sum += square * square;
    }
    activity.push_back(std::sqrt(std::sqrt(sum / 64.0F)));
  }
  return activity;
}

std::vector<float> block_lambdas(const std::vector<float>& activity, double lambda, const Tuning& tuning) {
  std::vector<float> lambdas;
  lambdas.reserve(activity.size());
  for (const float each : activity) {
    const double relative = (each + tuning.masking_floor) / (tuning.masking_typical + tuning.masking_floor);
    const double factor =
        std::clamp(std::pow(relative, -tuning.masking_strength), tuning.masking_min, tuning.masking_max);
    lambdas.push_back(static_cast<float>(lambda * factor));
  }
  return lambdas;
}

}  // namespace imgopt::jpeg
