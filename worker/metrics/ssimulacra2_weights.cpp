#include "worker/metrics/ssimulacra2_weights.hpp"

#include <cmath>

namespace imgopt::perceptual {
namespace {

// Structure, artifact, detail lost: of the means, then of the fourth norms.
using Weights = std::array<double, 6>;

constexpr std::array<Weights, k_channels* k_max_levels> k_weights = {{
    // X, 1:1 to 1:32
    {0.0, 0.0007376606707406586, 0.0, 0.0, 0.0007793481682867309, 0.0},
    {0.0, 0.0004371155730107379, 0.0, 1.1041726426657346, 0.00066284834129271, 0.00015231632783718752},
    {0.0, 0.0016406437456599754, 0.0, 1.8422455520539298, 11.441172603757666, 0.0},
    {0.0007989109436015163, 0.000176816438078653, 0.0, 1.8787594979546387, 10.94906990605142, 0.0},
    {0.0007289346991508072, 0.9677937080626833, 0.0, 0.00014003424285435884, 0.9981766977854967,
     0.00031949755934435053},
    {0.0004550992113792063, 0.0, 0.0, 0.0013648766163243398, 0.0, 0.0},
    // Y, 1:1 to 1:32
    {0.0, 0.0, 0.0, 7.466890328078848, 0.0, 17.445833984131262},
    {0.0006235601634041466, 0.0, 0.0, 6.683678146179332, 0.00037724407979611296, 1.027889937768264},
    {225.20515300849274, 0.0, 0.0, 19.213238186143016, 0.0011401524586618361, 0.001237755635509985},
    {176.39317598450694, 0.0, 0.0, 24.43300999870476, 0.28520802612117757, 0.0004485436923833408},
    {0.0, 0.0, 0.0, 34.77906344483772, 44.835625328877896, 0.0},
    {0.0, 0.0, 0.0, 0.0, 0.0, 0.0},
    // B, 1:1 to 1:32
    {0.0, 0.0008680556573291698, 0.0, 0.0, 0.0, 0.0},
    {0.0, 0.0005313191874358747, 0.0, 0.00016533814161379112, 0.0, 0.0},
    {0.0, 0.0, 0.0, 0.0004179171803251336, 0.0017290828234722833, 0.0},
    {0.0020827005846636437, 0.0, 0.0, 8.826982764996862, 23.19243343998926, 0.0},
    {95.1080498811086, 0.9863978034400682, 0.9834382792465353, 0.0012286405048278493, 171.2667255897307,
     0.9807858872435379},
    {0.0, 0.0, 0.0, 0.0005130064588990679, 0.0, 0.00010854057858411537},
}};

const Weights& weights_of(std::size_t channel, std::size_t level, std::size_t levels) {
  return k_weights[channel * levels + level];
}

}  // namespace

ChannelUse channel_use(std::size_t channel, std::size_t level, std::size_t levels) {
  const Weights& w = weights_of(channel, level, levels);
  if (w[0] != 0.0 || w[3] != 0.0)
    return ChannelUse::structure_and_edges;
  const bool edges = w[1] != 0.0 || w[2] != 0.0 || w[4] != 0.0 || w[5] != 0.0;
  return edges ? ChannelUse::edges : ChannelUse::nothing;
}

double score_of(std::span<const LevelNorms> levels) {
  double error = 0.0;
  for (std::size_t channel = 0; channel < k_channels; ++channel) {
    for (std::size_t level = 0; level < levels.size(); ++level) {
      const Weights& w = weights_of(channel, level, levels.size());
      const ErrorNorms& norms = levels[level][channel];
      error += w[0] * norms.structure_mean + w[1] * norms.artifact_mean + w[2] * norms.detail_lost_mean +
               w[3] * norms.structure_fourth + w[4] * norms.artifact_fourth + w[5] * norms.detail_lost_fourth;
    }
  }
  error *= 0.9562382616834844;
  const double bent = 2.326765642916932 * error - 0.020884521182843837 * error * error +
                      6.248496625763138e-05 * error * error * error;
  return bent > 0.0 ? 100.0 - 10.0 * std::pow(bent, 0.6276336467831387) : 100.0;
}

}  // namespace imgopt::perceptual
