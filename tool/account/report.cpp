#include "tool/account/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <utility>

#include "base/file.hpp"
#include "protocol/record_results.hpp"
#include "tool/text/json_text.hpp"
#include "tool/text/version.hpp"

namespace imgopt {

namespace {

// How much text is gathered before it is written.
constexpr std::size_t k_flush_bytes = 1u << 20;

constexpr std::array<std::pair<OutputNote, std::string_view>, 15> k_notes = {{
    {OutputNote::orientation_kept, "orientation-kept"},
    {OutputNote::gain_map_kept, "gain-map-kept"},
    {OutputNote::gain_map_dropped, "gain-map-dropped"},
    {OutputNote::trailing_data_dropped, "trailing-data-dropped"},
    {OutputNote::cmyk_without_profile, "cmyk-without-profile"},
    {OutputNote::animation_passed_through, "animation-passed-through"},
    {OutputNote::animation_flattened, "animation-flattened"},
    {OutputNote::depth_reduced, "depth-reduced"},
    {OutputNote::alpha_flattened, "alpha-flattened"},
    {OutputNote::larger_than_source, "larger-than-source"},
    {OutputNote::quality_raised, "quality-raised"},
    {OutputNote::target_missed, "target-missed"},
    {OutputNote::profile_converted, "profile-converted"},
    {OutputNote::colors_reduced, "colors-reduced"},
    {OutputNote::passed_through, "passed-through"},
}};

void append_key(std::string& out, std::string_view key) {
  if (out.back() != '{')
    out.push_back(',');
  out.push_back('"');
  out.append(key).append("\":");
}

void append_number(std::string& out, std::string_view key, std::uint64_t value) {
  append_key(out, key);
  fmt::format_to(std::back_inserter(out), "{}", value);
}

void append_milliseconds(std::string& out, std::string_view key, double value) {
  append_key(out, key);
  fmt::format_to(std::back_inserter(out), "{:.3f}", std::isfinite(value) ? value : 0.0);
}

void append_flag(std::string& out, std::string_view key, bool value) {
  append_key(out, key);
  out.append(value ? "true" : "false");
}

void append_string(std::string& out, std::string_view key, std::string_view value) {
  append_key(out, key);
  append_json_string(out, value);
}

void append_summary(std::string& out, const RunSummary& summary) {
  out.push_back('{');
  append_number(out, "images", summary.images);
  append_number(out, "outputs", summary.outputs);
  append_number(out, "encoded", summary.encoded);
  append_number(out, "restored", summary.restored);
  append_number(out, "up_to_date", summary.up_to_date);
  append_number(out, "deduplicated", summary.deduplicated);
  append_number(out, "failed", summary.failed);
  append_number(out, "kept_original", summary.kept_original);
  append_number(out, "larger_than_source", summary.larger_than_source);
  append_number(out, "over_budget", summary.over_budget);
  append_number(out, "removed", summary.removed);
  append_number(out, "skipped", summary.skipped);
  append_number(out, "would_encode", summary.would_encode);
  append_number(out, "failed_images", summary.failed_images);
  append_number(out, "bytes_in", summary.bytes_in);
  append_number(out, "bytes_out", summary.bytes_out);
  append_number(out, "worker_crashes", summary.worker_crashes);
  append_number(out, "workers", summary.workers);
  append_number(out, "damaged_entries", summary.damaged_entries);
  append_number(out, "tool_peak_bytes", summary.tool_peak_bytes);
  append_milliseconds(out, "wall_ms", summary.wall_ms);
  append_milliseconds(out, "tool_cpu_ms", summary.tool_cpu_ms);
  append_milliseconds(out, "worker_cpu_ms", summary.worker_cpu_ms);
  append_milliseconds(out, "workers_serving_ms", summary.workers_serving_ms);
  append_milliseconds(out, "workers_idle_ms", summary.workers_idle_ms);
  out.push_back('}');
}

// Signed without overflow: no file is larger than INT64_MAX bytes, so only nonsense is cut off.
std::int64_t saved_bytes(std::uint64_t source, const OutputOutcome& output) {
  if (output.status == OutputStatus::failed || output.status == OutputStatus::would_encode)
    return 0;
  constexpr std::uint64_t k_most = INT64_MAX;
  return static_cast<std::int64_t>(std::min(source, k_most)) -
         static_cast<std::int64_t>(std::min(output.bytes, k_most));
}

void append_change(std::string& out, const KeyChange& change) {
  out.push_back('{');
  append_string(out, "part", change.part);
  append_string(out, "before", change.before);
  append_string(out, "now", change.now);
  if (!change.place_before.empty())
    append_string(out, "from_before", change.place_before);
  if (!change.place_now.empty())
    append_string(out, "from", change.place_now);
  out.push_back('}');
}

void append_cause(std::string& out, const CauseCount& cause) {
  out.push_back('{');
  append_string(out, "cause", cause.cause);
  append_key(out, "format");
  if (cause.format)
    append_json_string(out, format_name(*cause.format));
  else
    out.append("null");
  if (!cause.before.empty() || !cause.now.empty()) {
    append_string(out, "before", cause.before);
    append_string(out, "now", cause.now);
  }
  append_number(out, "outputs", cause.outputs);
  out.push_back('}');
}

void append_output(std::string& out, const OutputOutcome& output, std::uint64_t source_bytes) {
  out.push_back('{');
  append_string(out, "path", output.path);
  append_key(out, "format");
  if (output.format)
    append_json_string(out, format_name(*output.format));
  else
    out.append("null");
  append_number(out, "width", output.width);
  append_number(out, "height", output.height);
  append_number(out, "bytes", output.bytes);
  append_key(out, "saved_bytes");
  fmt::format_to(std::back_inserter(out), "{}", saved_bytes(source_bytes, output));
  append_string(out, "status", status_name(output.status));
  append_flag(out, "kept_original", output.kept_original);
  append_flag(out, "larger_than_source", output.larger_than_source);
  if (output.lossless)
    append_flag(out, "lossless", *output.lossless == Lossless::yes);
  if (output.score && std::isfinite(*output.score)) {
    append_key(out, "score");
    fmt::format_to(std::back_inserter(out), "{}", *output.score);
  }
  if (output.encodings > 0)
    append_number(out, "encodings", output.encodings);
  append_key(out, "notes");
  out.push_back('[');
  for (const std::string_view note : note_names(output.notes)) {
    if (out.back() != '[')
      out.push_back(',');
    append_json_string(out, note);
  }
  out.push_back(']');
  if (!output.error.empty())
    append_string(out, "error", output.error);
  if (output.status != OutputStatus::up_to_date || output.keeps_older_encoder) {
    append_key(out, "why");
    append_reason(out, output.reason);
  }
  if (output.keeps_older_encoder)
    append_flag(out, "keeps_older_encoder", true);
  out.push_back('}');
}

void append_settings(std::string& out, const std::vector<std::vector<SettingLine>>& settings) {
  out.append(",\n\"settings\":[");
  for (const std::vector<SettingLine>& lines : settings) {
    out.append(out.back() == '[' ? "\n{" : ",\n{");
    for (const SettingLine& line : lines) {
      append_key(out, line.name);
      out.push_back('{');
      append_string(out, "value", joined_values(line));
      append_string(out, "layer", line.layer);
      if (!line.place.empty())
        append_string(out, "place", line.place);
      out.push_back('}');
    }
    out.push_back('}');
  }
  out.push_back(']');
}

void append_image(std::string& out, const ImageOutcome& image) {
  out.push_back('{');
  append_string(out, "source", image.source);
  if (!image.path.empty())
    append_string(out, "path", image.path);
  append_string(out, "status", status_name(image.status));
  append_key(out, "error");
  if (image.error.empty())
    out.append("null");
  else
    append_json_string(out, image.error);
  if (!image.reproduce.empty())
    append_string(out, "reproduce", image.reproduce);
  append_number(out, "bytes", image.bytes);
  if (image.settings)
    append_number(out, "settings", *image.settings);
  append_key(out, "outputs");
  out.push_back('[');
  for (const OutputOutcome& output : image.outputs) {
    if (out.back() != '[')
      out.push_back(',');
    append_output(out, output, image.bytes);
  }
  out.append("]}");
}

// Writes the report to `out` and calls grown(out), which may take the text away, now and then.
template <typename Grown>
Result<void> write_pieces(std::string& out, const RunOutcome& outcome, Grown&& grown) {
  out.append("{\"schema\":1,\n\"tool_version\":");
  append_json_string(out, tool_version());
  out.append(",\n\"summary\":");
  append_summary(out, outcome.summary);
  out.append(",\n\"warnings\":[");
  for (const std::string& warning : outcome.warnings) {
    if (out.back() != '[')
      out.push_back(',');
    append_json_string(out, warning);
  }
  out.append("],\n\"causes\":[");
  for (const CauseCount& cause : outcome.causes) {
    if (out.back() != '[')
      out.push_back(',');
    append_cause(out, cause);
  }
  out.push_back(']');
  if (!outcome.folder.empty()) {
    out.append(",\n\"folder\":");
    append_json_string(out, outcome.folder);
    out.append(",\n\"out\":");
    append_json_string(out, outcome.out);
    append_settings(out, outcome.settings);
  }
  out.append(",\n\"images\":[");
  std::string_view before = "\n";
  for (const ImageOutcome& image : outcome.images) {
    out.append(before);
    before = ",\n";
    append_image(out, image);
    IMGOPT_TRY(grown(out));
  }
  out.append("\n]}\n");
  return {};
}

}  // namespace

void append_reason(std::string& out, const OutputReason& reason) {
  out.push_back('{');
  append_string(out, "cause", cause_of(reason));
  append_string(out, "standing", standing_name(reason.standing));
  append_key(out, "changes");
  out.push_back('[');
  for (const KeyChange& change : reason.changes) {
    if (out.back() != '[')
      out.push_back(',');
    append_change(out, change);
  }
  out.append("]}");
}

std::string_view status_name(OutputStatus status) {
  switch (status) {
    case OutputStatus::up_to_date:
      return "up_to_date";
    case OutputStatus::restored:
      return "restored";
    case OutputStatus::deduplicated:
      return "deduplicated";
    case OutputStatus::encoded:
      return "encoded";
    case OutputStatus::would_encode:
      return "would_encode";
    case OutputStatus::failed:
      break;
  }
  return "failed";
}

std::string_view status_name(ImageStatus status) {
  switch (status) {
    case ImageStatus::ok:
      return "ok";
    case ImageStatus::skipped:
      return "skipped";
    case ImageStatus::failed:
      break;
  }
  return "failed";
}

std::vector<std::string_view> note_names(std::uint32_t notes) {
  std::vector<std::string_view> names;
  for (const auto& [note, name] : k_notes)
    if ((notes & bit(note)) != 0)
      names.push_back(name);
  return names;
}

std::string report_json(const RunOutcome& outcome) {
  std::string out;
  // Cannot fail: nothing here does anything but append.
  static_cast<void>(write_pieces(out, outcome, [](std::string&) { return Result<void>(); }));
  return out;
}

Result<void> write_report(const std::string& path, const RunOutcome& outcome) {
  IMGOPT_ASSIGN(AtomicFile file, AtomicFile::create(path));
  std::string piece;
  const auto write_out = [&file](std::string& text) -> Result<void> {
    if (text.size() < k_flush_bytes)
      return {};
    IMGOPT_TRY(file.write(text));
    text.clear();
    return {};
  };
  IMGOPT_TRY(write_pieces(piece, outcome, write_out));
  IMGOPT_TRY(file.write(piece));
  return file.commit();
}

}  // namespace imgopt
