// OptimizeRun: one `imgopt optimize`: what the ledger does not know is encoded like in a build and put in the
// place of its source where that saves enough; then the ledger is told.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "tool/build/build_run.hpp"
#include "tool/plan/build_request.hpp"
#include "tool/repository/ledger_file.hpp"

namespace imgopt {

struct OptimizeReport {
  BuildReport run;  // outputs have the paths of their sources, relative to the ledger's folder
  std::vector<std::string> replaced_files;  // absolute
  Written ledger = Written::unchanged;
  bool is_ledger_unstaged =
      false;  // with MayReplace::staged: what git would commit of it is not what stands there
};

// `request` is one for RequestUse::in_place.
[[nodiscard]] Result<OptimizeReport> run_optimize(BuildRequest& request, const LedgerPlace& place,
                                                  const BuildListeners& listeners);

}  // namespace imgopt
