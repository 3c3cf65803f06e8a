// The budget: how many bytes the outputs of a build may have together.
#pragma once

#include <cstdint>
#include <string>

#include "tool/plan/outcome.hpp"

namespace imgopt {

// Bytes beyond `budget`; 0 where the outputs keep within it.
[[nodiscard]] std::uint64_t bytes_over_budget(const RunSummary& summary, std::uint64_t budget);

// Says by how much the outputs exceed `budget` and which are the heaviest, in one line. `outcome` must be
// complete.
[[nodiscard]] std::string budget_message(const RunOutcome& outcome, std::uint64_t budget);

}  // namespace imgopt
