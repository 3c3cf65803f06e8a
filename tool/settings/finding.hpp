// Findings: what `imgopt check` says of images, outputs and the ledger.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace imgopt {

enum class FindingKind : std::uint8_t {
  unoptimized,
  stale,
  orphaned,
  colliding,
  over_budget,
  unusable,
  conflict
};

inline constexpr FindingKind k_all_findings[] = {
    FindingKind::unoptimized, FindingKind::stale,    FindingKind::orphaned, FindingKind::colliding,
    FindingKind::over_budget, FindingKind::unusable, FindingKind::conflict};

[[nodiscard]] std::string_view finding_name(FindingKind kind);     // "over-budget"
[[nodiscard]] std::string_view finding_summary(FindingKind kind);  // what it means, one sentence

struct CheckFinding {
  FindingKind kind = FindingKind::unoptimized;
  std::string name;     // as rules and the ignore list know it
  std::string path;     // absolute
  std::string message;  // a part of a sentence, without the path
  std::string reason;   // why it is ignored; empty where it is not
};

struct CheckReport {
  std::vector<CheckFinding> findings;  // by path
  std::vector<CheckFinding> ignored;   // each with its reason
  std::vector<std::string> warnings;
  std::vector<std::string> fixes;  // commands for a shell, each whole
  std::vector<Error> problems;     // what could not be read: exit status 4
  std::uint64_t images = 0;
  std::uint64_t bytes = 0;        // of the images
  std::uint64_t bytes_saved = 0;  // by what the ledger or the build state knows
  double wall_ms = 0;
};

}  // namespace imgopt
