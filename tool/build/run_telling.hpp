// What a run that encodes tells people and programs: progress while it goes, then problems, failures, report
// and summary.
#pragma once

#include <cstddef>

#include "base/result.hpp"
#include "tool/account/exit_status.hpp"
#include "tool/account/progress.hpp"
#include "tool/build/build_run.hpp"
#include "tool/settings/run_options.hpp"

namespace imgopt {

class RunTelling {
public:
  explicit RunTelling(const RunOptions& options);

  // They refer to this object.
  [[nodiscard]] BuildListeners listeners();
  // Takes the progress off the screen, then prints what went wrong and was not printed yet, to standard
  // error.
  void tell_problems(const BuildReport& report);

private:
  Progress m_progress;
  std::size_t m_warnings_told = 0;
};

// The summary, or with --json the report, to standard output.
void print_result(const RunOptions& options, const BuildReport& report);

[[nodiscard]] ExitCode exit_code_of(const BuildReport& report);

}  // namespace imgopt
