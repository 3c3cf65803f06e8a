#include "tool/commands/optimize_command.hpp"

#include <fmt/core.h>

#include <cstdio>

#include "base/file.hpp"
#include "base/interrupts.hpp"
#include "tool/account/exit_status.hpp"
#include "tool/account/report.hpp"
#include "tool/build/run_telling.hpp"
#include "tool/repository/optimize_run.hpp"
#include "tool/text/shell_text.hpp"

namespace imgopt {

namespace {

// More files than a person would paste are named by the folder.
constexpr std::size_t k_most_listed = 20;

// What a person has to do before they commit again.
std::string staging_advice(const OptimizeReport& report, const LedgerPlace& place) {
  std::string command = "git add";
  if (report.replaced_files.size() > k_most_listed)
    command += " --update";
  else
    for (const std::string& file : report.replaced_files)
      command += " " + shell_quoted(as_seen_from_here(file));
  if (report.ledger == Written::yes || report.is_ledger_unstaged)
    command += " " + shell_quoted(as_seen_from_here(place.file));
  return command;
}

}  // namespace

Result<int> run_optimize_command(const CommandLine& command_line) {
  Interrupts::install();
  IMGOPT_ASSIGN(BuildRequest request, make_build_request(command_line, RequestUse::in_place));
  const RunOptions& options = request.options;
  IMGOPT_ASSIGN(const LedgerPlace place,
                find_ledger(options.ledger, request.scan.sources, request.project_config));
  RunTelling telling(options);
  IMGOPT_ASSIGN(const OptimizeReport ran, run_optimize(request, place, telling.listeners()));
  telling.tell_problems(ran.run);
  print_result(options, ran.run);
  if (options.report) {
    IMGOPT_TRY(make_parent_folders(*options.report));
    IMGOPT_TRY(write_report(*options.report, ran.run.outcome));
  }
  const ExitCode code = exit_code_of(ran.run);
  const bool has_changed =
      !ran.replaced_files.empty() || ran.ledger == Written::yes || ran.is_ledger_unstaged;
  if (options.may_replace != MayReplace::staged || !has_changed || options.dry_run == DryRun::yes)
    return status_of(code);
  fmt::print(stderr, "imgopt: what is to be committed has changed; stage it and commit again: {}\n",
             staging_advice(ran, place));
  return status_of(code == ExitCode::success ? ExitCode::found_something : code);
}

}  // namespace imgopt
