#include "tool/settings/finding.hpp"

namespace imgopt {

std::string_view finding_name(FindingKind kind) {
  switch (kind) {
    case FindingKind::unoptimized:
      return "unoptimized";
    case FindingKind::stale:
      return "stale";
    case FindingKind::orphaned:
      return "orphaned";
    case FindingKind::colliding:
      return "colliding";
    case FindingKind::over_budget:
      return "over-budget";
    case FindingKind::unusable:
      return "unusable";
    case FindingKind::conflict:
      return "conflict";
  }
  return "";
}

std::string_view finding_summary(FindingKind kind) {
  switch (kind) {
    case FindingKind::unoptimized:
      return "The ledger does not know the image: it was never optimized, or was edited since.";
    case FindingKind::stale:
      return "An output is not what a build would make now.";
    case FindingKind::orphaned:
      return "An output or a line of the ledger has lost its image.";
    case FindingKind::colliding:
      return "Two images want the same output.";
    case FindingKind::over_budget:
      return "Images are larger than the configuration allows.";
    case FindingKind::unusable:
      return "A file with the name of an image is none that can be optimized.";
    case FindingKind::conflict:
      return "The ledger holds the marks of a merge conflict.";
  }
  return "";
}

}  // namespace imgopt
