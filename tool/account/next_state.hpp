// NextState: what the next build will know, and what of the last one's outputs has to go.
#pragma once

#include <optional>
#include <vector>

#include "tool/account/account.hpp"
#include "tool/plan/build_work.hpp"
#include "tool/state/build_state.hpp"
#include "tool/state/state_changes.hpp"

namespace imgopt {

// What became of the outputs that stale_outputs lists.
enum class StaleOutputs { removed, left };

// The state to be saved: what was left alone as it was, what was worked on as it is now. An output that
// failed keeps what the old state says of it, since the file of an earlier run stays and stays ours. Stale
// outputs that were left stay ours too, for a later run to remove; their sources are marked incomplete.
[[nodiscard]] StateBuilder next_state(const AccountInputs& inputs, const StateIdentity& identity,
                                      StaleOutputs stale);

// The same as changes of the state there is, where they suffice: the same sources with the same outputs, made
// by the same recipes, and few of them changed. The encoders must be those that the state names.
[[nodiscard]] std::optional<StateChanges> changes_to_next_state(const AccountInputs& inputs,
                                                                const StateIdentity& identity,
                                                                StaleOutputs stale);

// The record of an output that was made.
[[nodiscard]] StateOutput state_of(const OutputWork& output, std::uint64_t source_bytes, bool is_copy);

// The outputs of the old state that no source of this run produces: to be removed. A source that failed keeps
// its.
[[nodiscard]] std::vector<const StateOutput*> stale_outputs(const AccountInputs& inputs);

}  // namespace imgopt
