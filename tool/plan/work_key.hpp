// The key of an output of a build, with the fingerprints of the encoders that may write it; and which of them
// can.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/digest.hpp"
#include "protocol/image_format.hpp"
#include "tool/plan/build_work.hpp"
#include "tool/state/build_state.hpp"
#include "tool/workers/encoder_fingerprint.hpp"

namespace imgopt {

// A source's content, as keys see it.
struct KeyedSource {
  Digest128 digest;
  std::uint64_t size = 0;  // bytes
  ImageFormat format = ImageFormat::png;
};

// The settings that the key is made of: the output's own, or those of every candidate in their order.
[[nodiscard]] std::vector<OutputSettings> keyed_settings(const OutputWork& output);

[[nodiscard]] Digest128 key_of(const OutputWork& output, const KeyedSource& source,
                               const EncoderFingerprints& encoders, const DigestSecret& secret);

// The key that the output would have with the encoders and decoders that made the state's output `before`;
// nullopt where the state does not know them, or that was made of another number of candidates.
[[nodiscard]] std::optional<Digest128> key_with_old_encoders(const OutputWork& output,
                                                             const KeyedSource& source,
                                                             const BuildState& state,
                                                             const StateOutput& before,
                                                             const DigestSecret& secret);

// A choice of formats is made among what can be written here; where nothing can, the first says so.
void leave_out_unwritable(ExpandedOutput& output, const EncoderFingerprints& encoders);

}  // namespace imgopt
