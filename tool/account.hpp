// Account: the next build state and the outcome of a run, from what was known and what was done.
#pragma once

#include <string>
#include <vector>

#include "tool/build_state.hpp"
#include "tool/build_work.hpp"
#include "tool/encoder_fingerprint.hpp"
#include "tool/identify.hpp"
#include "tool/outcome.hpp"
#include "tool/scan.hpp"

namespace imgopt {

struct AccountInputs {
  const ScanResult* scan = nullptr;
  const Identified* identified = nullptr;
  const std::vector<SourceWork>* works = nullptr;  // in scan order
  const BuildState* state = nullptr;               // null: none
  const EncoderFingerprints* encoders = nullptr;
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

enum class Detail { worked_on, everything };

// Counts, and the images: all of them, or those that were worked on.
[[nodiscard]] RunOutcome outcome_of(const AccountInputs& inputs, Detail detail);

// The outputs of the old state that no source of this run produces: to be removed. A source that failed keeps
// its.
[[nodiscard]] std::vector<const StateOutput*> stale_outputs(const AccountInputs& inputs);

}  // namespace imgopt
