#include "tool/commands/watch_command.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/interrupts.hpp"
#include "tool/account/exit_status.hpp"
#include "tool/account/report.hpp"
#include "tool/account/summary.hpp"
#include "tool/build/build_run.hpp"
#include "tool/commands/build_command.hpp"
#include "tool/commands/watched_folders.hpp"
#include "tool/text/human_text.hpp"
#include "tool/text/json_text.hpp"

namespace imgopt {

namespace {

// A build begins when nothing has changed for so long, at the latest after the other: what people see as at
// once.
constexpr std::chrono::milliseconds k_quiet{20};
constexpr std::chrono::milliseconds k_longest_burst{80};
// Workers that wait for the next change: an image with a slow and a fast format has two records. More than
// these start when there is work for them.
constexpr unsigned k_spare_workers = 2;
// More images than these in one change are told as a sum.
constexpr std::size_t k_lines_at_once = 20;

bool is_made(const OutputOutcome& output) {
  return output.status == OutputStatus::encoded || output.status == OutputStatus::restored ||
         output.status == OutputStatus::deduplicated;
}

// "photos/a.jpg: 2 outputs, 1.20 MB -> 310 kB", or nothing where no output of it was made.
std::string change_line(const ImageOutcome& image) {
  std::uint64_t made = 0;
  std::uint64_t bytes = 0;
  for (const OutputOutcome& output : image.outputs)
    if (is_made(output)) {
      ++made;
      bytes += output.bytes;
    }
  if (made == 0)
    return {};
  return fmt::format("{}: {}, {} -> {}", printable(image.source), human_count(made, "output"),
                     human_bytes(image.bytes), human_bytes(bytes));
}

class Watch {
public:
  explicit Watch(const CommandLine& command_line, WatchedFolders folders)
      : m_command_line(command_line), m_folders(std::move(folders)) {}

  Result<int> run() {
    IMGOPT_TRY(first_build());
    while (Interrupts::pending() == 0) {
      IMGOPT_ASSIGN(const bool has_changed, m_folders.wait_for_change(k_quiet, k_longest_burst));
      if (!has_changed)
        break;
      IMGOPT_TRY(build_until_still());
    }
    return status_of(Interrupts::pending() == SIGTERM ? ExitCode::terminated : ExitCode::interrupted);
  }

private:
  Result<void> first_build() {
    IMGOPT_ASSIGN(BuildRequest request, make_build_request(m_command_line));
    m_print_as = request.options.print_as;
    m_verbosity = request.options.verbosity;
    IMGOPT_ASSIGN(const BuildReport report, build_once(request, &Watch::summary_of_first));
    IMGOPT_ASSIGN(const Watching watching, m_folders.follow(request, report.folders));
    if (watching == Watching::new_folders && Interrupts::pending() == 0)
      IMGOPT_TRY(build_until_still());
    if (m_print_as == PrintAs::text && m_verbosity != Verbosity::quiet && Interrupts::pending() == 0)
      say(fmt::format("watching {}; Ctrl-C ends it", human_count(m_folders.scanned_folders(), "folder")));
    return {};
  }

  // Builds until no folder is new: what came into a new folder before it was listened to is found by looking
  // again. What is wrong with the configuration is told, and mended by the next change.
  Result<void> build_until_still() {
    for (;;) {
      auto request = make_build_request(m_command_line);
      if (!request) {
        print_error(request.error());
        return {};
      }
      auto report = build_once(*request, &Watch::changes_of);
      if (!report) {
        if (report.error().code == ErrorCode::interrupted)
          return {};
        print_error(report.error());
        return {};
      }
      IMGOPT_ASSIGN(const Watching watching, m_folders.follow(*request, report->folders));
      if (watching == Watching::as_before || Interrupts::pending() != 0)
        return {};
    }
  }

  using Teller = std::string (*)(const BuildReport&, PrintAs);

  Result<BuildReport> build_once(BuildRequest& request, Teller teller) {
    IMGOPT_ASSIGN(BuildReport report, build_and_tell(request, Detail::worked_on, m_pool, &m_told));
    IMGOPT_TRY(write_accounts(request, report));
    const std::string text = teller(report, m_print_as);
    if (!text.empty() && m_verbosity != Verbosity::quiet && !report.was_interrupted) {
      fmt::print("{}", text);
      std::fflush(stdout);
    }
    if (Interrupts::pending() == 0)
      IMGOPT_TRY(m_pool.get_ready(k_spare_workers));
    return report;
  }

  static std::string summary_of_first(const BuildReport& report, PrintAs print_as) {
    return print_as == PrintAs::json ? json_line(report) : summary_text(report.outcome, {});
  }

  static std::string changes_of(const BuildReport& report, PrintAs print_as) {
    const RunSummary& sum = report.outcome.summary;
    const bool is_nothing = sum.encoded + sum.restored + sum.deduplicated + sum.removed + sum.failed == 0;
    if (print_as == PrintAs::json)
      return is_nothing ? "" : json_line(report);
    std::vector<std::string> lines;
    for (const ImageOutcome& image : report.outcome.images)
      if (std::string line = change_line(image); !line.empty())
        lines.push_back(std::move(line));
    const std::string time = human_duration(std::chrono::duration<double, std::milli>(sum.wall_ms));
    std::string text;
    if (lines.size() > k_lines_at_once)
      text = fmt::format("{} changed ({})\n", human_count(lines.size(), "image"), time);
    else
      for (const std::string& line : lines)
        text.append(fmt::format("{} ({})\n", line, time));
    if (sum.removed > 0)
      text.append(fmt::format("{} removed\n", human_count(sum.removed, "stale output")));
    return text;
  }

  // One object a build, on one line.
  static std::string json_line(const BuildReport& report) {
    nlohmann::ordered_json json = {{"schema", 1}, {"images", nlohmann::ordered_json::array()}};
    for (const ImageOutcome& image : report.outcome.images) {
      nlohmann::ordered_json outputs = nlohmann::ordered_json::array();
      for (const OutputOutcome& output : image.outputs)
        if (is_made(output))
          outputs.push_back({{"path", json_text(output.path)},
                             {"bytes", output.bytes},
                             {"cpu_ms", static_cast<double>(output.cpu_us) / 1e3}});
      if (!outputs.empty() || image.status == ImageStatus::failed)
        json["images"].push_back({{"source", json_text(image.source)},
                                  {"status", status_name(image.status)},
                                  {"outputs", std::move(outputs)}});
    }
    const RunSummary& sum = report.outcome.summary;
    json["removed"] = sum.removed;
    json["failed"] = sum.failed_images;
    json["wall_ms"] = sum.wall_ms;
    return json.dump() + "\n";
  }

  static void say(const std::string& line) {
    fmt::print("imgopt: {}\n", line);
    std::fflush(stdout);
  }

  const CommandLine& m_command_line;
  WatchedFolders m_folders;
  StandingPool m_pool;
  ToldFailures m_told;
  PrintAs m_print_as = PrintAs::text;
  Verbosity m_verbosity = Verbosity::normal;
};

}  // namespace

Result<int> run_watch_command(const CommandLine& command_line) {
  Interrupts::install();
  IMGOPT_ASSIGN(WatchedFolders folders, WatchedFolders::create());
  return Watch(command_line, std::move(folders)).run();
}

}  // namespace imgopt
