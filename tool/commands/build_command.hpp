// `imgopt build`: runs a build and tells of it: summary, errors, report, depfile, stamp.
#pragma once

#include "base/result.hpp"
#include "tool/build/build_run.hpp"
#include "tool/build/run_telling.hpp"
#include "tool/settings/command_line.hpp"

namespace imgopt {

// Runs a build; progress, warnings and failures go to standard error. With a report or JSON asked for, its
// images know their settings. Failures that `told` holds are not told again; null: all are.
[[nodiscard]] Result<BuildReport> build_and_tell(BuildRequest& request, Detail detail, StandingPool& pool,
                                                 ToldFailures* told = nullptr);

// Writes what the request asks for beside the outputs: report, depfile, and the stamp of a build that
// succeeded.
[[nodiscard]] Result<void> write_accounts(const BuildRequest& request, const BuildReport& report);

// Returns the exit status.
[[nodiscard]] Result<int> run_build_command(const CommandLine& command_line);

}  // namespace imgopt
