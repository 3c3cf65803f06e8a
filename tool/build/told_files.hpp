// Files that a run is told to write beside its outputs (report, manifest, depfile, state...): tells, before
// anything is written, of one that would replace a source, an output or another such file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "tool/plan/build_work.hpp"
#include "tool/scan/scan.hpp"
#include "tool/settings/run_options.hpp"
#include "tool/state/build_state.hpp"

namespace imgopt {

struct ToldFile {
  std::string_view option;  // "--report"
  std::string path;
};

// In the order of the command line's help; `state` is empty where the run has none.
[[nodiscard]] std::vector<ToldFile> told_files_of(const RunOptions& options, const std::string& state);

// Takes those out of the scan that an earlier run wrote into a folder of sources, unless they are images:
// what every run writes would else be a changed source in the next.
void leave_out_told_files(const std::vector<ToldFile>& files, ScanResult& scan);

// Fails with invalid_argument where two are one file, or one is a source. Symbolic and hard links to a source
// are no danger, since files are renamed into place.
[[nodiscard]] Result<void> check_told_files(const std::vector<ToldFile>& files, const ScanResult& scan);

// Fails with invalid_argument where one is an output, of this run or of an earlier one, below the folder
// `out`. `state` may be null.
[[nodiscard]] Result<void> check_told_files(const std::vector<ToldFile>& files, const std::string& out,
                                            const std::vector<SourceWork>& works, const BuildState* state);

}  // namespace imgopt
