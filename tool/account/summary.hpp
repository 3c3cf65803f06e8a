// The summary: what a run tells people, in a few calm lines.
#pragma once

#include <string>

#include "tool/account/terminal.hpp"
#include "tool/plan/outcome.hpp"
#include "tool/settings/run_options.hpp"

namespace imgopt {

struct SummaryStyle {
  Verbosity verbosity = Verbosity::normal;
  Colour colour = Colour::no;
};

// For standard output: one line where nothing had to be done, else what happened to images and outputs, bytes
// and time. With Verbosity::verbose a line for each output in `outcome.images` and what took longest; with
// quiet nothing.
[[nodiscard]] std::string summary_text(const RunOutcome& outcome, SummaryStyle style);

// For standard error: `imgopt: PATH: what: why`, one line for each failed image or output, with the command
// that shows it again where there is one; `imgopt: warning: ...` for warnings. An image that was named before
// (`was_named`) is left out.
[[nodiscard]] std::string failure_text(const RunOutcome& outcome);

}  // namespace imgopt
