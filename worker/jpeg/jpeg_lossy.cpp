#include "worker/jpeg/jpeg_lossy.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "worker/jpeg/jpeg_dct.hpp"
#include "worker/jpeg/jpeg_masking.hpp"
#include "worker/jpeg/jpeg_planes.hpp"
#include "worker/jpeg/jpeg_quantize.hpp"
#include "worker/jpeg/jpeg_quantize_dc.hpp"
#include "worker/jpeg/jpeg_quantizers.hpp"

namespace imgopt::jpeg {
namespace {

// From here on 4:4:4, as libvips does it.
constexpr int k_full_chroma_quality = 90;

ChromaRatio chroma_ratio(const EncodeOptions& options) {
  switch (options.subsampling) {
    case Subsampling::automatic:
      return options.quality >= k_full_chroma_quality ? ChromaRatio{1, 1} : ChromaRatio{2, 2};
    case Subsampling::s420:
      return {2, 2};
    case Subsampling::s422:
      return {2, 1};
    case Subsampling::s444:
      return {1, 1};
  }
  return {1, 1};
}

const QuantizerShape& shape_of(std::size_t component, const ChromaRatio& ratio, const Tuning& tuning) {
  if (component == 0)
    return tuning.luma;
  const bool is_full = ratio.horizontal == 1;
  if (component == 1)
    return is_full ? tuning.blue_full : tuning.blue_subsampled;
  return is_full ? tuning.red_full : tuning.red_subsampled;
}

void quantize(const std::vector<float>& coefficients, int effort, double lambda, const Tuning& tuning,
              Component& component) {
  if (effort == 0)
    return quantize_by_rounding(coefficients, 0.5F, component);
  // First guess: what a dead zone leaves; its statistics price the choices.
  quantize_by_rounding(coefficients, 0.62F, component);
  const std::vector<float> lambdas = block_lambdas(block_activity(coefficients), lambda, tuning);
  std::vector<float> dc_lambdas = lambdas;
  for (float& each : dc_lambdas)
    each *= static_cast<float>(tuning.dc_share);
  quantize_dc_by_rate(coefficients, dc_lambdas, component);
  // The second pass prices its choices by what the first one chose.
  const int passes = effort >= 5 ? 2 : 1;
  for (int pass = 0; pass < passes; ++pass)
    quantize_by_rate(coefficients, lambdas, symbol_costs(count_ac_symbols(component)),
                     tuning.frequency_weight, component);
}

}  // namespace

CoefficientImage encode_coefficients(const PixelView& pixels, const EncodeOptions& options,
                                     const Tuning& tuning) {
  const ChromaRatio ratio = chroma_ratio(options);
  CoefficientImage image;
  image.width = pixels.width;
  image.height = pixels.height;
  std::vector<Plane> planes = make_planes(pixels, ratio);
  if (ratio.horizontal > 1) {
    for (std::size_t c = 1; c < planes.size(); ++c)
      sharpen(planes[c], static_cast<float>(tuning.chroma_sharpening));
  }
  const double scale = quality_scale(options.quality);
  for (std::size_t c = 0; c < planes.size(); ++c) {
    Component component;
    component.id = static_cast<std::uint8_t>(c + 1);
    if (c == 0 && planes.size() > 1) {
      component.h_factor = static_cast<std::uint8_t>(ratio.horizontal);
      component.v_factor = static_cast<std::uint8_t>(ratio.vertical);
    }
    component.blocks_wide = planes[c].width / 8;
    component.blocks_high = planes[c].height / 8;
    component.quantizers = build_quantizers(shape_of(c, ratio, tuning), scale);
    component.coefficients.resize(component.block_count() * k_block_size);
    const std::vector<float> coefficients = forward_dct(planes[c]);
    planes[c] = {};
    quantize(coefficients, options.effort, c == 0 ? tuning.lambda_luma : tuning.lambda_chroma, tuning,
             component);
    image.components.push_back(std::move(component));
  }
  return image;
}

}  // namespace imgopt::jpeg
