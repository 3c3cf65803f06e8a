#include "tool/work_key.hpp"

#include <algorithm>

#include <vector>

#include "tool/output_key.hpp"

namespace imgopt {

Digest128 key_of(const OutputWork& output, const KeyedSource& source, const EncoderFingerprints& encoders,
                 const DigestSecret& secret) {
  const auto key_with = [&](const OutputSettings& settings) {
    return build_key({source.digest, source.size, source.format, settings,
                      encoders.of_format(source.format).decoder_fingerprint,
                      encoders.of_format(settings.format).fingerprint},
                     secret);
  };
  if (output.candidates.empty())
    return key_with(output.settings);
  std::vector<Digest128> keys;
  for (const FormatCandidate& candidate : output.candidates)
    keys.push_back(key_with(candidate.settings));
  return build_choice_key(keys, secret);
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
