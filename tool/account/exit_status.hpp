// How a run ends: its exit status, a contract with scripts and build systems, and the error it ends in.
#pragma once

#include "base/result.hpp"

namespace imgopt {

enum class ExitCode : int {
  success = 0,
  found_something = 1,  // an image failed, or check, compare or verify found something
  wrong_use = 2,        // command line or configuration
  internal_error = 3,
  surroundings = 4,   // cannot read, write, no space, sandbox required but missing
  interrupted = 130,  // SIGINT
  terminated = 143    // SIGTERM
};

[[nodiscard]] inline int status_of(ExitCode code) {
  return static_cast<int>(code);
}

// The status of a run that ended in `error`; `signal` is the one that interrupted it, if any.
[[nodiscard]] ExitCode exit_code_for(const Error& error, int signal);

// Tells an error on standard error: each line of its message as "imgopt: ...", with what would steer a
// terminal made visible.
void print_error(const Error& error);

}  // namespace imgopt
