#include "tool/build_command.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <map>

#include "base/file.hpp"
#include "base/interrupts.hpp"
#include "tool/build_run.hpp"
#include "tool/depfile.hpp"
#include "tool/exit_status.hpp"
#include "tool/human_text.hpp"
#include "tool/progress.hpp"
#include "tool/report.hpp"
#include "tool/summary.hpp"

namespace imgopt {

namespace {

Result<void> make_parent(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos || slash == 0 ? Result<void>() : make_folders(path.substr(0, slash));
}

// The depfile's first target is the stamp, else the manifest, else the output folder: what a build system
// waits for.
Result<void> write_depfile(const BuildRequest& request, const BuildReport& report) {
  const std::string target = request.options.stamp      ? *request.options.stamp
                             : request.options.manifest ? *request.options.manifest
                                                        : request.out;
  std::error_code error;
  const auto absolute = std::filesystem::absolute(target, error).lexically_normal();
  if (error)
    return fail(ErrorCode::io, target + ": cannot make it absolute: " + error.message());
  for (const std::string& name : names_beyond_depfiles(report.prerequisites))
    fmt::print(stderr, "imgopt: warning: {}: a depfile cannot say this name, so its changes may go unseen\n",
               printable(name));
  IMGOPT_TRY(make_parent(*request.options.depfile));
  return write_file(*request.options.depfile, depfile_text(absolute.string(), report.prerequisites),
                    report.scan_start_ns);
}

// Failures that were not told yet.
void print_failures(const RunOutcome& outcome) {
  RunOutcome untold;
  std::copy_if(
      outcome.images.begin(), outcome.images.end(), std::back_inserter(untold.images),
      [](const ImageOutcome& image) { return image.status == ImageStatus::failed && !image.was_named; });
  fmt::print(stderr, "{}", failure_text(untold));
}

// Adds what somebody who looks at the images later wants to know.
void describe_images(RunOutcome& outcome, const BuildRequest& request) {
  std::error_code error;
  outcome.folder = std::filesystem::current_path(error).string();
  outcome.out = request.out;
  std::map<const ImageSettings*, std::uint32_t> known;
  for (ImageOutcome& image : outcome.images) {
    const auto settings = request.resolver->settings_for(image.source);
    if (!settings)
      continue;  // then the image has failed for that very reason
    const auto [entry, is_new] = known.emplace(*settings, static_cast<std::uint32_t>(outcome.settings.size()));
    if (is_new)
      outcome.settings.push_back(describe_settings(**settings, request.resolver->layers()));
    image.settings = entry->second;
  }
}

ExitCode exit_code_of(const BuildReport& report) {
  if (report.was_interrupted)
    return Interrupts::pending() == SIGTERM ? ExitCode::terminated : ExitCode::interrupted;
  if (report.surroundings_failed)
    return ExitCode::surroundings;
  return report.outcome.summary.failed_images > 0 ? ExitCode::found_something : ExitCode::success;
}

}  // namespace

Result<BuildReport> build_and_tell(BuildRequest& request) {
  const RunOptions& options = request.options;
  Progress progress(options.verbosity == Verbosity::quiet ? ProgressMode::never : options.progress,
                    standard_error_screen());
  std::size_t warnings_told = 0;
  BuildListeners listeners;
  listeners.planned = [&](const RunOutcome& known) {
    warnings_told = known.warnings.size();
    fmt::print(stderr, "{}", failure_text(known));
  };
  listeners.progress = [&](const ProgressSnapshot& snapshot) {
    ProgressState state;
    state.images_done = snapshot.done;
    state.images_total = snapshot.total;
    state.bytes_saved =
        static_cast<std::int64_t>(snapshot.bytes_in) - static_cast<std::int64_t>(snapshot.bytes_out);
    state.running = snapshot.running;
    progress.update(state);
  };
  IMGOPT_ASSIGN(BuildReport report, run_build(request, listeners));
  progress.finish();

  for (const Error& problem : report.problems)
    print_error(problem);
  for (std::size_t i = warnings_told; i < report.outcome.warnings.size(); ++i)
    fmt::print(stderr, "imgopt: warning: {}\n", printable(report.outcome.warnings[i]));
  print_failures(report.outcome);
  if (report.was_interrupted)
    fmt::print(stderr, "imgopt: interrupted: {} of {} outputs are done and kept\n",
               report.outcome.summary.outputs - report.outcome.summary.would_encode,
               report.outcome.summary.outputs);
  if (options.report || options.print_as == PrintAs::json)
    describe_images(report.outcome, request);
  return report;
}

Result<void> write_accounts(const BuildRequest& request, const BuildReport& report) {
  const RunOptions& options = request.options;
  if (options.report) {
    IMGOPT_TRY(make_parent(*options.report));
    IMGOPT_TRY(write_report(*options.report, report.outcome));
  }
  if (options.dry_run == DryRun::yes)
    return {};
  if (options.depfile && !report.was_interrupted)
    IMGOPT_TRY(write_depfile(request, report));
  if (options.stamp && exit_code_of(report) == ExitCode::success) {
    IMGOPT_TRY(make_parent(*options.stamp));
    IMGOPT_TRY(write_file(*options.stamp, "", report.scan_start_ns));
  }
  return {};
}

Result<int> run_build_command(const CommandLine& command_line) {
  Interrupts::install();
  IMGOPT_ASSIGN(BuildRequest request, make_build_request(command_line));
  IMGOPT_ASSIGN(const BuildReport report, build_and_tell(request));
  const RunOptions& options = request.options;
  if (options.print_as == PrintAs::json)
    fmt::print("{}", report_json(report.outcome));
  else if (options.verbosity != Verbosity::quiet && !report.was_interrupted)
    fmt::print("{}", summary_text(report.outcome, {options.verbosity, colour_for(STDOUT_FILENO)}));
  IMGOPT_TRY(write_accounts(request, report));
  return status_of(exit_code_of(report));
}

}  // namespace imgopt
