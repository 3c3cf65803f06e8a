// CheckRun: what `imgopt optimize` or `imgopt build` would have to do, found without encoding and without a
// worker.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "tool/plan/build_request.hpp"
#include "tool/repository/ledger_file.hpp"
#include "tool/settings/check_config.hpp"
#include "tool/settings/finding.hpp"

namespace imgopt {

// Sources against the ledger. `request` is one for RequestUse::in_place.
[[nodiscard]] Result<CheckReport> check_in_place(BuildRequest& request, const LedgerPlace& place);

// Outputs against the build state, which is read and not locked. `request` is one for RequestUse::build.
[[nodiscard]] Result<CheckReport> check_build(BuildRequest& request);

// A file whose size counts for budgets.
struct SizedFile {
  std::string name;
  std::string path;  // absolute
  std::uint64_t bytes = 0;
};

[[nodiscard]] std::vector<CheckFinding> over_budget(const std::vector<Budget>& budgets,
                                                    std::span<const SizedFile> files);

// Whether entries of the ignore list that match nothing are worth a word: not where only some files were
// looked at.
enum class UnusedEntries : std::uint8_t { named, passed_over };

// Moves what the ignore list covers from `findings` to `ignored`, and sorts both.
void apply_ignore_list(CheckReport& report, const std::vector<IgnoreEntry>& entries, UnusedEntries unused);

}  // namespace imgopt
