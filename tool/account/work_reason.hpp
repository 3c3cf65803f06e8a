// The reason of one output's work: what the state knew of it, held against what this build wants.
#pragma once

#include "tool/account/account.hpp"
#include "tool/plan/reason.hpp"

namespace imgopt {

// Pure. For an output that is up to date (or left so by --on-encoder-change) the changes alone, which are
// none or the encoder's.
[[nodiscard]] OutputReason reason_of(const AccountInputs& inputs, const SourceWork& work,
                                     const OutputWork& output);

}  // namespace imgopt
