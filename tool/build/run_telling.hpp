// What a run that encodes tells people and programs: progress while it goes, then problems, failures, report
// and summary.
#pragma once

#include <set>
#include <string>

#include <cstddef>

#include "base/result.hpp"
#include "tool/account/exit_status.hpp"
#include "tool/account/progress.hpp"
#include "tool/build/build_run.hpp"
#include "tool/settings/run_options.hpp"

namespace imgopt {

// Failures that somebody who watches has read: while an image stays as it is, the next build need not repeat
// them.
class ToldFailures {
public:
  [[nodiscard]] bool holds(const ImageOutcome& image) const;
  // What was told of one build takes the place of what was told before.
  void take(const RunOutcome& outcome);

private:
  std::set<std::string> m_told;  // source and error
};

class RunTelling {
public:
  // `told` is null where every failure is news; it is brought up to date by tell_problems().
  explicit RunTelling(const RunOptions& options, ToldFailures* told = nullptr);

  // They refer to this object.
  [[nodiscard]] BuildListeners listeners();
  // Takes the progress off the screen, then prints what went wrong and was not printed yet, to standard
  // error.
  void tell_problems(const BuildReport& report);

private:
  Progress m_progress;
  ToldFailures* m_told;
  std::size_t m_warnings_told = 0;
};

// The summary, or with --json the report, to standard output.
void print_result(const RunOptions& options, const BuildReport& report);

[[nodiscard]] ExitCode exit_code_of(const BuildReport& report);

}  // namespace imgopt
