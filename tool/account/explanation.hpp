// Explanations: what the next build would do with an output, or the last one did, and why; as text and JSON.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tool/plan/reason.hpp"

namespace imgopt {

struct Explanation {
  std::string source;   // its name, relative to its root
  std::string path;     // of the output, relative to the output folder; empty where the source has none
  std::string verdict;  // a word for programs: "up_to_date", "encode", "encoded", ...
  std::string words;    // the same for people: "up to date", "would be encoded"
  OutputReason reason;
  std::string note;  // one more sentence, or empty
};

enum class UpToDate { listed, counted };

// One line for each output and its reasons below it; with UpToDate::counted those that are up to date are one
// line together.
[[nodiscard]] std::string explanation_text(std::span<const Explanation> list, UpToDate up_to_date);

// {"schema": 1, "outputs": [{"source", "path", "would"|"did", "why": as in reports, "note"}]}: `verdict_key`
// is "would" or "did".
[[nodiscard]] std::string explanation_json(std::span<const Explanation> list, std::string_view verdict_key);

}  // namespace imgopt
