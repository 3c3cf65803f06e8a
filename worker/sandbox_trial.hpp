// The canary: enters the sandbox and tries what it must refuse.
#pragma once

#include <string>

namespace imgopt {

struct SandboxTrial {
  std::string json;  // {"attempts": [{"name", "refused"}...], "layers": [NAME...]}
  enum class Verdict { all_refused, something_passed } verdict = Verdict::something_passed;
};

// Leaves the process in the sandbox. What is tried and passes has a real effect: for tests and `imgopt
// doctor`.
[[nodiscard]] SandboxTrial try_sandbox();

}  // namespace imgopt
