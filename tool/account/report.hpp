// The report: the JSON account of one run, a contract with everybody who reads it.
//
//   {"schema": 1, "tool_version": "0.1.0", "summary": {...}, "warnings": [...],
//    "causes": [{"cause": ..., "format": null|"webp", "before": ..., "now": ..., "outputs": N}], "images": [
//   {"source": ..., "status": "ok|failed|skipped", "error": null|text, "bytes": N, "outputs": [
//     {"path": ..., "format": null|"png", "width": N, "height": N, "bytes": N, "saved_bytes": N,
//      "status": "up_to_date|restored|deduplicated|encoded|would_encode|failed", "kept_original": bool,
//      "larger_than_source": bool, "lossless": bool, "notes": ["depth-reduced"]}]}]}
//
// Between `warnings` and `images` a run's report has `folder` and `out` (absolute: the current folder and
// that of the outputs) and `settings`, a list of objects {"quality": {"value": "80", "layer": "imgopt.json",
// "place": "imgopt.json:4: quality"}}; each image has `path`, by which it was opened, and `settings`, an
// index into that list.
//
// One line an image. `saved_bytes` is the source's bytes less the output's, negative where the output is
// larger, and 0 where there is no output yet (would_encode, failed); `format` is null for a file copied as it
// is. `lossless` is true where the settings keep every pixel of what was decoded, resized and converted, or
// the output is its source's bytes (what else was lost is in `notes`), false where they let the encoder lose
// something; it is missing where an output failed. `score` (SSIMULACRA 2) stands where it was computed,
// `error` at outputs that failed, `reproduce` (a command) at images that failed in a worker. Outputs that
// were not up to date have a `why`:
//   {"cause": ..., "standing": ..., "changes": [{"part": ..., "before": ..., "now": ..., "from": ...,
//    "from_before": ...}]}, words as in tool/plan/reason.hpp; those that --on-encoder-change left have one
//    too, and
// `keeps_older_encoder`. Times are in milliseconds. Names follow tool/text/json_text.hpp.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "tool/plan/outcome.hpp"

namespace imgopt {

[[nodiscard]] std::string report_json(const RunOutcome& outcome);

// Writes the report to `path`, atomically, without ever holding more than a piece of it in memory.
[[nodiscard]] Result<void> write_report(const std::string& path, const RunOutcome& outcome);

// Appends a `why` as it stands in reports.
void append_reason(std::string& out, const OutputReason& reason);

// "up_to_date", ...
[[nodiscard]] std::string_view status_name(OutputStatus status);
[[nodiscard]] std::string_view status_name(ImageStatus status);

// The names of OutputNote bits in the order of their values: "orientation-kept", "depth-reduced", ...
[[nodiscard]] std::vector<std::string_view> note_names(std::uint32_t notes);

}  // namespace imgopt
