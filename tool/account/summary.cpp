#include "tool/account/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "tool/account/report.hpp"
#include "tool/text/human_text.hpp"

namespace imgopt {

namespace {

constexpr std::size_t k_slowest_shown = 3;
// In a smaller run everybody saw what took its time.
constexpr std::uint64_t k_outputs_worth_slowest = 10;

enum class Paint { green, red, yellow };

std::string painted(std::string text, Paint paint, Colour colour) {
  if (colour == Colour::no)
    return text;
  const std::string_view code = paint == Paint::green ? "32" : paint == Paint::red ? "31" : "33";
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts)
    out.append(out.empty() ? "" : ", ").append(part);
  return out;
}

std::chrono::duration<double> wall_time(const RunSummary& summary) {
  return std::chrono::duration<double, std::milli>(summary.wall_ms);
}

std::string output_counts(const RunSummary& summary, Colour colour) {
  std::vector<std::string> parts;
  const auto add = [&parts](std::uint64_t count, std::string_view what) {
    if (count > 0)
      parts.push_back(fmt::format("{} {}", count, what));
  };
  add(summary.encoded, "encoded");
  add(summary.would_encode, "would be encoded");
  add(summary.restored, "from the cache");
  add(summary.deduplicated, "the same as another");
  add(summary.up_to_date, "up to date");
  if (summary.failed > 0)
    parts.push_back(painted(fmt::format("{} failed", summary.failed), Paint::red, colour));
  return joined(parts);
}

// How sizes changed. Where a source has several outputs, a percentage of the sums would say nothing.
std::string byte_counts(const RunSummary& summary, Colour colour) {
  const bool is_one_to_one = summary.outputs == summary.images - summary.skipped && summary.failed == 0 &&
                             summary.bytes_in > 0;
  std::string text = fmt::format("{} -> {}", human_bytes(summary.bytes_in), human_bytes(summary.bytes_out));
  if (is_one_to_one)
    return fmt::format("{} ({})", text,
                       painted(human_change(summary.bytes_in, summary.bytes_out),
                               summary.bytes_out <= summary.bytes_in ? Paint::green : Paint::yellow, colour));
  return fmt::format("{} in {}", text, human_count(summary.outputs - summary.failed, "output"));
}

std::string remarks(const RunOutcome& outcome, Colour colour) {
  const RunSummary& summary = outcome.summary;
  std::vector<std::string> parts;
  const auto add = [&parts](std::uint64_t count, std::string_view one, std::string_view many) {
    if (count > 0)
      parts.push_back(fmt::format("{} {}", count, count == 1 ? one : many));
  };
  add(summary.lossy, "image lossy", "images lossy");
  add(summary.kept_original, "output is its source, already best", "outputs are their sources, already best");
  add(summary.larger_than_source, "output larger than its source", "outputs larger than their sources");
  if (outcome.is_dry_run)
    add(summary.removed, "stale output would be removed", "stale outputs would be removed");
  else
    add(summary.removed, "stale output removed", "stale outputs removed");
  add(summary.outputs_of_others, "output of another build left out", "outputs of another build left out");
  add(summary.skipped, "file skipped", "files skipped");
  add(summary.damaged_entries, "damaged cache entry removed", "damaged cache entries removed");
  if (summary.worker_crashes > 0)
    parts.push_back(painted(fmt::format("{} {}", summary.worker_crashes,
                                        summary.worker_crashes == 1 ? "worker crash" : "worker crashes"),
                            Paint::yellow, colour));
  return joined(parts);
}

// In a dry run why outputs would be made; else only what nobody changed on purpose.
void append_causes(std::string& out, const RunOutcome& outcome) {
  for (const CauseCount& cause : outcome.causes) {
    const bool is_update = cause.cause == k_encoder_part || cause.cause == k_decoder_part;
    const bool is_kept = cause.cause == "older-encoder-kept";
    if (outcome.summary.would_encode == 0 && !is_update && !is_kept)
      continue;
    const std::string what =
        fmt::format("{}{}", cause.format ? std::string(format_name(*cause.format)) + " " : "",
                    cause.outputs == 1 ? "output" : "outputs");
    std::string why = cause.cause == "new"        ? "not built before"
                      : cause.cause == "source"   ? "source changed"
                      : cause.cause == "settings" ? "settings changed"
                      : cause.cause == "cache"    ? "another cache than last time"
                      : cause.cause == "imgopt"   ? "another version of imgopt"
                      : cause.cause == "missing"  ? "file missing"
                      : cause.cause == "altered"  ? "file altered"
                      : cause.cause == "asked"    ? "asked for"
                      : is_kept                   ? "kept, though its encoder changed"
                                                  : fmt::format("{} changed", cause.cause);
    if (is_update || is_kept)
      why.append(fmt::format(": {} -> {}", printable(cause.before), printable(cause.now)));
    fmt::format_to(std::back_inserter(out), "  {} {}: {}\n", cause.outputs, what, why);
  }
}

void append_output_lines(std::string& out, const RunOutcome& outcome) {
  for (const ImageOutcome& image : outcome.images) {
    if (image.status == ImageStatus::skipped)
      fmt::format_to(std::back_inserter(out), "  {:12}  {}  {}\n", "skipped", printable(image.source),
                     printable(image.error));
    for (const OutputOutcome& output : image.outputs) {
      fmt::format_to(std::back_inserter(out), "  {:12}  {}", status_name(output.status),
                     printable(output.path));
      if (output.status != OutputStatus::failed && output.status != OutputStatus::would_encode)
        fmt::format_to(std::back_inserter(out), "  {} -> {} ({})", human_bytes(image.bytes),
                       human_bytes(output.bytes), human_change(image.bytes, output.bytes));
      for (const std::string_view note : note_names(output.notes))
        fmt::format_to(std::back_inserter(out), " {}", note);
      out.push_back('\n');
    }
  }
}

void append_slowest(std::string& out, const RunOutcome& outcome) {
  std::vector<const OutputOutcome*> outputs;
  for (const ImageOutcome& image : outcome.images)
    for (const OutputOutcome& output : image.outputs)
      if (output.cpu_us > 0)
        outputs.push_back(&output);
  const auto shown = static_cast<std::ptrdiff_t>(std::min(k_slowest_shown, outputs.size()));
  std::partial_sort(outputs.begin(), outputs.begin() + shown, outputs.end(),
                    [](const OutputOutcome* a, const OutputOutcome* b) {
                      return a->cpu_us != b->cpu_us ? a->cpu_us > b->cpu_us : a->path < b->path;
                    });
  for (std::ptrdiff_t i = 0; i < shown; ++i) {
    const OutputOutcome& output = *outputs[static_cast<std::size_t>(i)];
    fmt::format_to(std::back_inserter(out), "  {} {}  {}\n", i == 0 ? "took longest:" : "             ",
                   human_duration(std::chrono::microseconds(output.cpu_us)), printable(output.path));
  }
}

// Bytes by format, where there is more than one: what each costs, and beside what its sources have, where
// each source has one output of the format.
void append_formats(std::string& out, const RunOutcome& outcome) {
  struct Sum {
    std::uint64_t outputs = 0;
    std::uint64_t sources = 0;
    std::uint64_t bytes = 0;
    std::uint64_t source_bytes = 0;
    const ImageOutcome* last = nullptr;
  };
  std::array<Sum, k_format_slots> sums{};
  for (const ImageOutcome& image : outcome.images)
    for (const OutputOutcome& output : image.outputs) {
      if (!output.format || output.status == OutputStatus::failed)
        continue;
      Sum& sum = sums[static_cast<std::size_t>(*output.format)];
      ++sum.outputs;
      sum.bytes += output.bytes;
      if (std::exchange(sum.last, &image) == &image)
        continue;
      ++sum.sources;
      sum.source_bytes += image.bytes;
    }
  const auto is_used = [](const Sum& sum) { return sum.bytes > 0; };
  if (std::count_if(sums.begin(), sums.end(), is_used) < 2)
    return;
  for (const ImageFormat format : k_all_formats) {
    const Sum& sum = sums[static_cast<std::size_t>(format)];
    if (!is_used(sum))
      continue;
    const std::string change =
        sum.outputs == sum.sources ? fmt::format("  {}", human_change(sum.source_bytes, sum.bytes)) : "";
    fmt::format_to(std::back_inserter(out), "    {:4}  {:>7}{}\n", format_name(format),
                   human_bytes(sum.bytes), change);
  }
}

// A run in which everything was made: the first, or after all has changed.
bool is_whole_run(const RunSummary& summary) {
  return summary.up_to_date == 0 && summary.would_encode == 0 && summary.encoded > 0;
}

// Whether a message begins with the image's path already, as those of the file system do.
bool names_path(std::string_view message, std::string_view source) {
  const std::string_view path = message.substr(0, message.find(": "));
  return path == source || (path.size() > source.size() && path.ends_with(source) &&
                            path[path.size() - source.size() - 1] == '/');
}

}  // namespace

std::string summary_text(const RunOutcome& outcome, SummaryStyle style) {
  if (style.verbosity == Verbosity::quiet)
    return {};
  const RunSummary& summary = outcome.summary;
  const std::string time = human_duration(wall_time(summary));
  const std::string counts = fmt::format("{}, {}", human_count(summary.images - summary.skipped, "image"),
                                         human_count(summary.outputs, "output"));
  const std::string remarked = remarks(outcome, style.colour);
  const bool is_quiet_run = summary.up_to_date == summary.outputs && outcome.causes.empty() &&
                            summary.failed_images == 0 && summary.removed == 0 &&
                            summary.damaged_entries == 0;
  std::string out;
  if (style.verbosity == Verbosity::verbose)
    append_output_lines(out, outcome);
  if (is_quiet_run) {
    fmt::format_to(std::back_inserter(out), "imgopt: {}: {} ({})\n", counts,
                   summary.outputs == 0 ? "nothing to do" : "all up to date", time);
  } else {
    fmt::format_to(std::back_inserter(out), "imgopt: {}: {} ({})\n", counts,
                   summary.outputs == 0 ? "nothing left to make" : output_counts(summary, style.colour),
                   time);
    if (summary.bytes_out > 0 && summary.would_encode == 0)
      fmt::format_to(std::back_inserter(out), "  {}\n", byte_counts(summary, style.colour));
    if (is_whole_run(summary))
      append_formats(out, outcome);
    append_causes(out, outcome);
    if (!remarked.empty())
      fmt::format_to(std::back_inserter(out), "  {}\n", remarked);
    if (summary.failed_images > 0)
      fmt::format_to(
          std::back_inserter(out), "  {}\n",
          painted(human_count(summary.failed_images, "image").append(" failed"), Paint::red, style.colour));
  }
  if (style.verbosity == Verbosity::verbose ||
      (is_whole_run(summary) && summary.outputs >= k_outputs_worth_slowest))
    append_slowest(out, outcome);
  return out;
}

std::string failure_text(const RunOutcome& outcome) {
  std::string out;
  for (const std::string& warning : outcome.warnings)
    fmt::format_to(std::back_inserter(out), "imgopt: warning: {}\n", printable(warning));
  for (const ImageOutcome& image : outcome.images) {
    if (image.status != ImageStatus::failed || image.was_named)
      continue;
    const std::string source = printable(image.source) + ": ";
    std::vector<std::string> reasons;
    if (!image.error.empty())
      reasons.push_back((names_path(image.error, image.source) ? "" : source) + printable(image.error));
    for (const OutputOutcome& output : image.outputs)
      if (output.status == OutputStatus::failed && !output.error.empty() && output.error != image.error)
        reasons.push_back(source + printable(output.path) + ": " + printable(output.error));
    if (reasons.empty())
      reasons.push_back(source + "failed");
    if (!image.reproduce.empty())
      reasons.front().append(fmt::format(" (to see it again: {})", printable(image.reproduce)));
    for (const std::string& reason : reasons)
      fmt::format_to(std::back_inserter(out), "imgopt: {}\n", reason);
  }
  return out;
}

}  // namespace imgopt
