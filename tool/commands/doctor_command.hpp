// `imgopt doctor`: what this machine offers, and what is missing that matters.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "tool/settings/command_line.hpp"

namespace imgopt {

enum class Health {
  good,
  note,    // works without it, worth knowing
  problem  // builds fail, or are not protected as they should be
};

// One thing that was looked at.
struct Finding {
  std::string area;  // "worker", "encoders", "sandbox", "kernel", "cache", "state", "machine"
  std::string name;
  Health health = Health::good;
  std::string detail;
};

// A line a finding, problems marked; the last line is the verdict.
[[nodiscard]] std::string findings_text(std::span<const Finding> findings);
// {"schema": 1, "version", "healthy": bool, "findings": [{"area", "name", "health": "good|note|problem",
// "detail"}]}
[[nodiscard]] std::string findings_json(std::span<const Finding> findings);

// What `imgopt-worker --try-sandbox` printed, as findings. Text that is not its JSON is a problem.
[[nodiscard]] std::vector<Finding> sandbox_findings(const std::string& answer);

// Prints what was found to standard output. Returns 0, or 1 where there is a problem.
[[nodiscard]] Result<int> run_doctor_command(const CommandLine& command_line);

}  // namespace imgopt
