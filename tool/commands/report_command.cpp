#include "tool/commands/report_command.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "base/file.hpp"
#include "base/interrupts.hpp"
#include "tool/account/exit_status.hpp"
#include "tool/account/report_difference.hpp"
#include "tool/account/report_file.hpp"
#include "tool/account/report_page.hpp"
#include "tool/account/report_text.hpp"
#include "tool/account/terminal.hpp"
#include "tool/build/thumbnails.hpp"
#include "tool/text/folders.hpp"
#include "tool/text/human_text.hpp"

namespace imgopt {

namespace {

// What the small pictures of a page may take together as text; with all else a page of 5,000 images stays
// below 20 MB.
constexpr std::uint64_t k_thumbnail_budget = 13'000'000;

std::optional<std::string> path_given(const CommandLine& command_line, OptionId id) {
  const LayerEntry* entry = command_line.layer.find(id);
  return entry == nullptr ? std::nullopt : std::optional(std::get<std::string>(entry->values.front()));
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
    fmt::print("{}\n", report_facts_json(report, totals, told));
  else if (!html)
    fmt::print("{}", report_text(report, totals, told, {terminal_columns(STDOUT_FILENO)}));
  else
    fmt::print("{}: {}\n", printable(*html), human_count(totals.all.images, "image"));
  return status_of(ExitCode::success);
}

}  // namespace imgopt
