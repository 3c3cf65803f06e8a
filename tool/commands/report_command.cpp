#include "tool/commands/report_command.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "base/file.hpp"
#include "base/interrupts.hpp"
#include "tool/account/exit_status.hpp"
#include "tool/account/report_difference.hpp"
#include "tool/account/report_file.hpp"
#include "tool/account/report_page.hpp"
#include "tool/build/thumbnails.hpp"
#include "tool/text/folders.hpp"
#include "tool/text/human_text.hpp"

namespace imgopt {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t k_groups_shown = 12;
constexpr std::size_t k_changes_shown = 10;
// What the small pictures of a page may take together as text; with all else a page of 5,000 images stays
// below 20 MB.
constexpr std::uint64_t k_thumbnail_budget = 13'000'000;

std::optional<std::string> path_given(const CommandLine& command_line, OptionId id) {
  const LayerEntry* entry = command_line.layer.find(id);
  return entry == nullptr ? std::nullopt : std::optional(std::get<std::string>(entry->values.front()));
}

void print_groups(std::string_view title, const std::vector<ReportedGroup>& groups) {
  fmt::print("{}:\n", title);
  const std::size_t shown = std::min(groups.size(), k_groups_shown);
  std::size_t width = 0;
  for (std::size_t i = 0; i < shown; ++i)
    width = std::max(width, printable(groups[i].name).size());
  for (std::size_t i = 0; i < shown; ++i) {
    const ReportedGroup& group = groups[i];
    fmt::print("  {:{}}  {:>6} {}  {:>8} -> {:>8}\n", printable(group.name), width, group.outputs,
               group.outputs == 1 ? "output " : "outputs", human_bytes(group.bytes_in),
               human_bytes(group.bytes_out));
  }
  if (shown < groups.size())
    fmt::print("  and {} more\n", groups.size() - shown);
}

std::string signed_bytes(std::int64_t difference) {
  const std::string size = human_bytes(static_cast<std::uint64_t>(difference < 0 ? -difference : difference));
  return (difference < 0 ? "-" : "+") + size;
}

void print_changes(std::string_view title, const std::vector<ByteChange>& changes) {
  if (changes.empty())
    return;
  fmt::print("{}:\n", title);
  const std::size_t shown = std::min(changes.size(), k_changes_shown);
  for (std::size_t i = 0; i < shown; ++i)
    fmt::print("  {:>9}  {}  {} -> {}\n", signed_bytes(changes[i].difference()), printable(changes[i].name),
               human_bytes(changes[i].before), human_bytes(changes[i].after));
  if (shown < changes.size())
    fmt::print("  and {} more\n", changes.size() - shown);
}

void print_text(const Report& report, const ReportedTotals& totals, const ReportDifference* difference) {
  fmt::print("{}, {}: {} -> {} ({})\n", human_count(totals.all.images, "image"),
             human_count(totals.all.outputs, "output"), human_bytes(totals.all.bytes_in),
             human_bytes(totals.all.bytes_out),
             human_duration(std::chrono::duration<double, std::milli>(report.wall_ms)));
  if (totals.failed > 0) {
    fmt::print("failed:\n");
    for (const ReportedImage& image : report.images)
      if (image.status == "failed")
        fmt::print("  {}: {}\n", printable(image.source), printable(image.error));
  }
  print_groups("formats", totals.formats);
  print_groups("folders", totals.folders);
  if (difference == nullptr)
    return;
  fmt::print("against the earlier report: {} -> {} ({}); {} new, {} gone\n",
             human_bytes(difference->all.before), human_bytes(difference->all.after),
             signed_bytes(difference->all.difference()), difference->added.size(),
             difference->removed.size());
  print_changes("folders that changed", difference->folders);
  print_changes("images that grew", difference->grown);
}

ordered_json facts_of(const std::vector<ReportedGroup>& groups) {
  ordered_json list = ordered_json::array();
  for (const ReportedGroup& group : groups)
    list.push_back({{"name", group.name},
                    {"outputs", group.outputs},
                    {"bytes_in", group.bytes_in},
                    {"bytes_out", group.bytes_out}});
  return list;
}

ordered_json facts_of(const std::vector<ByteChange>& changes) {
  ordered_json list = ordered_json::array();
  for (const ByteChange& change : changes)
    list.push_back({{"name", change.name},
                    {"before", change.before},
                    {"after", change.after},
                    {"difference", change.difference()}});
  return list;
}

void print_json(const Report& report, const ReportedTotals& totals, const ReportDifference* difference) {
  ordered_json json = {{"schema", 1},
                       {"images", totals.all.images},
                       {"outputs", totals.all.outputs},
                       {"bytes_in", totals.all.bytes_in},
                       {"bytes_out", totals.all.bytes_out}};
  json["failed"] = ordered_json::array();
  for (const ReportedImage& image : report.images)
    if (image.status == "failed")
      json["failed"].push_back({{"source", image.source}, {"error", image.error}});
  json["formats"] = facts_of(totals.formats);
  json["folders"] = facts_of(totals.folders);
  if (difference != nullptr)
    json["difference"] = {{"bytes_before", difference->all.before},
                          {"bytes_after", difference->all.after},
                          {"folders", facts_of(difference->folders)},
                          {"grown", facts_of(difference->grown)},
                          {"shrunk", facts_of(difference->shrunk)},
                          {"added", difference->added},
                          {"removed", difference->removed}};
  fmt::print("{}\n", json.dump(2));
}

// The more images, the smaller their pictures.
ThumbnailRequest thumbnail_request(const Report& report) {
  ThumbnailRequest request;
  const std::size_t count = std::max<std::size_t>(1, report.images.size());
  request.longest_side = count <= 1000 ? 112 : 80;
  request.max_bytes = std::clamp<std::uint64_t>(k_thumbnail_budget * 3 / 4 / count * 2, 2'000, 20'000);
  for (const ReportedImage& image : report.images)
    request.paths.push_back(image.status == "skipped" ? "" : source_path(report, image));
  return request;
}

// A page without small pictures is still a page: it shows the whole ones from where they are.
Result<std::vector<Bytes>> thumbnails_of(const Report& report) {
  auto made = make_thumbnails(thumbnail_request(report));
  if (!made) {
    if (made.error().code == ErrorCode::interrupted)
      return made;
    fmt::print(stderr, "imgopt: warning: the page has no small pictures: {}\n",
               printable(made.error().message));
    return std::vector<Bytes>();
  }
  std::uint64_t sum = 0;
  for (Bytes& thumbnail : *made) {
    sum += thumbnail.size() * 4 / 3;
    if (sum > k_thumbnail_budget)
      thumbnail.clear();
  }
  return made;
}

Result<void> write_page(const std::string& path, const Report& report, const ReportDifference* difference) {
  IMGOPT_ASSIGN(const std::string absolute, absolute_path(path));
  ReportPage page;
  page.report = &report;
  page.difference = difference;
  page.folder = std::filesystem::path(absolute).parent_path().string();
  IMGOPT_ASSIGN(page.thumbnails, thumbnails_of(report));
  IMGOPT_TRY(make_folders(page.folder));
  return write_file(path, report_page(page));
}

}  // namespace

Result<int> run_report_command(const CommandLine& command_line) {
  Interrupts::install();
  IMGOPT_ASSIGN(const Report report, read_report(command_line.arguments.front()));
  std::optional<ReportDifference> difference;
  if (const auto old_path = path_given(command_line, OptionId::against)) {
    IMGOPT_ASSIGN(const Report old, read_report(*old_path));
    difference = difference_between(old, report);
  }
  const ReportDifference* const told = difference ? &*difference : nullptr;
  const auto html = path_given(command_line, OptionId::html);
  if (html)
    IMGOPT_TRY(write_page(*html, report, told));
  const ReportedTotals totals = totals_of(report);
  if (command_line.layer.find(OptionId::json) != nullptr)
    print_json(report, totals, told);
  else if (!html)
    print_text(report, totals, told);
  else
    fmt::print("{}: {}\n", printable(*html), human_count(totals.all.images, "image"));
  return status_of(ExitCode::success);
}

}  // namespace imgopt
