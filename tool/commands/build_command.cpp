#include "tool/commands/build_command.hpp"

#include <fmt/core.h>

#include <cstdio>
#include <filesystem>
#include <map>

#include "base/file.hpp"
#include "base/interrupts.hpp"
#include "tool/account/depfile.hpp"
#include "tool/account/exit_status.hpp"
#include "tool/account/report.hpp"
#include "tool/build/build_run.hpp"
#include "tool/build/run_telling.hpp"
#include "tool/text/folders.hpp"
#include "tool/text/human_text.hpp"

namespace imgopt {

namespace {

// The depfile's first target is the stamp, else the manifest, else the output folder: what a build system
// waits for.
Result<void> write_depfile(const BuildRequest& request, const BuildReport& report) {
  const std::string target = request.options.stamp      ? *request.options.stamp
                             : request.options.manifest ? *request.options.manifest
                                                        : request.out;
  IMGOPT_ASSIGN(const std::string absolute, absolute_path(target));
  for (const std::string& name : names_beyond_depfiles(report.prerequisites))
    fmt::print(stderr, "imgopt: warning: {}: a depfile cannot say this name, so its changes may go unseen\n",
               printable(name));
  IMGOPT_TRY(make_parent_folders(*request.options.depfile));
  return write_file(*request.options.depfile, depfile_text(absolute, report.prerequisites),
                    report.scan_start_ns);
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
    const auto [entry, is_new] =
        known.emplace(*settings, static_cast<std::uint32_t>(outcome.settings.size()));
    if (is_new)
      outcome.settings.push_back(describe_settings(**settings, request.resolver->layers()));
    image.settings = entry->second;
  }
}

}  // namespace

Result<BuildReport> build_and_tell(BuildRequest& request, Detail detail, StandingPool& pool,
                                   ToldFailures* told) {
  const RunOptions& options = request.options;
  RunTelling telling(options, told);
  BuildListeners listeners = telling.listeners();
  listeners.detail = detail;
  IMGOPT_ASSIGN(BuildReport report, run_build(request, listeners, pool));
  telling.tell_problems(report);
  if (options.report || options.print_as == PrintAs::json)
    describe_images(report.outcome, request);
  return report;
}

Result<void> write_accounts(const BuildRequest& request, const BuildReport& report) {
  const RunOptions& options = request.options;
  if (options.report) {
    IMGOPT_TRY(make_parent_folders(*options.report));
    IMGOPT_TRY(write_report(*options.report, report.outcome));
  }
  if (options.dry_run == DryRun::yes)
    return {};
  if (options.depfile && !report.was_interrupted)
    IMGOPT_TRY(write_depfile(request, report));
  if (options.stamp && exit_code_of(report) == ExitCode::success) {
    IMGOPT_TRY(make_parent_folders(*options.stamp));
    IMGOPT_TRY(write_file(*options.stamp, "", report.scan_start_ns));
  }
  return {};
}

Result<int> run_build_command(const CommandLine& command_line) {
  Interrupts::install();
  IMGOPT_ASSIGN(BuildRequest request, make_build_request(command_line));
  const RunOptions& options = request.options;
  const bool tells_images = options.verbosity != Verbosity::quiet || options.print_as == PrintAs::json;
  StandingPool pool;
  IMGOPT_ASSIGN(const BuildReport report,
                build_and_tell(request, tells_images ? Detail::worked_on : Detail::failed, pool));
  print_result(request.options, report);
  IMGOPT_TRY(write_accounts(request, report));
  return status_of(exit_code_of(report));
}

}  // namespace imgopt
