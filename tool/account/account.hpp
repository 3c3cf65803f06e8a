// Account: the next build state and the outcome of a run, from what was known and what was done.
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
};

// What became of the outputs that stale_outputs lists.
enum class StaleOutputs { removed, left };

// The state to be saved: what was left alone as it was, what was worked on as it is now. An output that
// failed keeps what the old state says of it, since the file of an earlier run stays and stays ours. Stale
// outputs that were left stay ours too, for a later run to remove; their sources are marked incomplete.
[[nodiscard]] StateBuilder next_state(const AccountInputs& inputs, const StateIdentity& identity,
                                      StaleOutputs stale);

// One worked-on source, as far as its work has come.
[[nodiscard]] ImageOutcome image_outcome(const AccountInputs& inputs, const SourceWork& work);

// Counts, and the images that `detail` asks for.
[[nodiscard]] RunOutcome outcome_of(const AccountInputs& inputs, Detail detail);

// The outputs of the old state that no source of this run produces: to be removed. A source that failed keeps
// its.
[[nodiscard]] std::vector<const StateOutput*> stale_outputs(const AccountInputs& inputs);

}  // namespace imgopt
