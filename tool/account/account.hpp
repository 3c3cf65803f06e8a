// Account: the outcome of a run, from what was known and what was done.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tool/plan/build_work.hpp"
#include "tool/plan/identify.hpp"
#include "tool/plan/outcome.hpp"
#include "tool/scan/scan.hpp"
#include "tool/settings/settings_resolver.hpp"
#include "tool/state/build_state.hpp"
#include "tool/workers/encoder_fingerprint.hpp"

namespace imgopt {

struct AccountInputs {
  const ScanResult* scan = nullptr;
  const Identified* identified = nullptr;
  const std::vector<SourceWork>* works = nullptr;  // in scan order
  const BuildState* state = nullptr;               // null: none
  const EncoderFingerprints* encoders = nullptr;
  const SettingsResolver* resolver = nullptr;
  const DigestSecret* secret = nullptr;
  // Whether the state's digests were made with that secret.
  bool is_same_secret = false;
  std::string_view invocation;  // for the next state

  // What the state has of a source, an index into the scan's files; null where it does not know it.
  [[nodiscard]] const StateSource* known_source(std::size_t source) const {
    const std::int64_t index = identified->sources[source].state_index;
    return index < 0 ? nullptr : &state->sources()[static_cast<std::size_t>(index)];
  }
};

// One worked-on source, as far as its work has come.
[[nodiscard]] ImageOutcome image_outcome(const AccountInputs& inputs, const SourceWork& work);

// Counts, and the images that `detail` asks for.
[[nodiscard]] RunOutcome outcome_of(const AccountInputs& inputs, Detail detail);

}  // namespace imgopt
