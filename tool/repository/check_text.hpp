// How `imgopt check` prints what it found: for people, as JSON, as SARIF 2.1.0, as annotations of GitHub
// Actions.
//
//   {"schema": 1, "tool_version": "0.1.0",
//    "summary": {"images": N, "bytes": N, "bytes_saved": N, "findings": N, "ignored": N, "wall_ms": N},
//    "findings": [{"kind": "unoptimized", "path": "a.png", "message": "..."}],
//    "ignored": [{..., "reason": "..."}], "warnings": [...], "fix": ["imgopt optimize a.png"]}
//
// Paths in JSON, SARIF and annotations are relative to `root`, those for people to the current folder.
// SARIF: OASIS Static Analysis Results Interchange Format 2.1.0; what is ignored stands in it as suppressed.
// Annotations: GitHub's workflow commands, `::error file=...,title=...::message`.
#pragma once

#include <string>

#include "tool/settings/finding.hpp"
#include "tool/settings/run_options.hpp"

namespace imgopt {

[[nodiscard]] std::string check_text(const CheckReport& report, Verbosity verbosity);
[[nodiscard]] std::string check_json(const CheckReport& report, const std::string& root);
[[nodiscard]] std::string check_sarif(const CheckReport& report, const std::string& root);
[[nodiscard]] std::string check_annotations(const CheckReport& report, const std::string& root);

}  // namespace imgopt
