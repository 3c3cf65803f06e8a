#include "tool/plan/work_key.hpp"

#include <algorithm>

#include <vector>

#include "tool/plan/output_key.hpp"

namespace imgopt {

namespace {

Digest128 key_of_all(const OutputWork& output, const std::vector<Digest128>& keys,
                     const DigestSecret& secret) {
  return output.candidates.empty() ? keys.front() : build_choice_key(keys, secret);
}

}  // namespace

std::vector<OutputSettings> keyed_settings(const OutputWork& output) {
  std::vector<OutputSettings> settings;
  for (const FormatCandidate& candidate : output.candidates)
    settings.push_back(candidate.settings);
  if (settings.empty())
    settings.push_back(output.settings);
  return settings;
}

Digest128 key_of(const OutputWork& output, const KeyedSource& source, const EncoderFingerprints& encoders,
                 const DigestSecret& secret) {
  const auto key_with = [&](const OutputSettings& settings) {
    return build_key({source.digest, source.size, source.format, settings,
                      encoders.of_format(source.format).decoder_fingerprint,
                      encoders.of_format(settings.format).fingerprint},
                     secret);
  };
  if (output.candidates.empty())
    return key_with(output.settings);  // the common case, without a list
  std::vector<Digest128> keys;
  for (const FormatCandidate& candidate : output.candidates)
    keys.push_back(key_with(candidate.settings));
  return key_of_all(output, keys, secret);
}

std::optional<Digest128> key_with_old_encoders(const OutputWork& output, const KeyedSource& source,
                                               const BuildState& state, const StateOutput& before,
                                               const DigestSecret& secret) {
  std::vector<Digest128> keys;
  const StateRecipe* recipe = state.recipe_of(before);
  for (const OutputSettings& settings : keyed_settings(output)) {
    if (recipe == nullptr)
      return std::nullopt;
    keys.push_back(build_key({source.digest, source.size, source.format, settings,
                              recipe->decoder_fingerprint, recipe->encoder_fingerprint},
                             secret));
    recipe = state.next_of(*recipe);
  }
  return recipe == nullptr ? std::optional(key_of_all(output, keys, secret)) : std::nullopt;
}

void leave_out_unwritable(ExpandedOutput& output, const EncoderFingerprints& encoders) {
  const auto cannot = [&](const FormatCandidate& candidate) {
    return !encoders.of_format(candidate.settings.format).can(EncoderAbility::saves);
  };
  if (output.candidates.empty() || std::all_of(output.candidates.begin(), output.candidates.end(), cannot))
    return;
  std::erase_if(output.candidates, cannot);
  output.path = output.candidates.front().path;
  output.settings = output.candidates.front().settings;
}

}  // namespace imgopt
