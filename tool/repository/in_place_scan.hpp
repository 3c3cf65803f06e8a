// The scan of `imgopt optimize` and `imgopt check PATH`: files by their names in the ledger, and by those
// that the configuration's rules know them by.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "tool/plan/build_request.hpp"
#include "tool/repository/ledger_file.hpp"
#include "tool/scan/scan.hpp"

namespace imgopt {

struct InPlaceScan {
  ScanResult scan;                      // names are relative to the ledger's folder
  std::vector<std::string> rule_names;  // as scan.files
  // The folders among the sources, relative to the ledger's and with a slash at the end; empty for that
  // folder itself.
  std::vector<std::string> folders;
};

// --include and --exclude count for the rules' names. Originals that --backup kept are left out. Fails with
// invalid_argument where a path is not below the ledger's folder.
[[nodiscard]] Result<InPlaceScan> scan_in_place(const BuildRequest& request, const LedgerPlace& place);

}  // namespace imgopt
