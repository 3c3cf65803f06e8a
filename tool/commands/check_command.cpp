#include "tool/commands/check_command.hpp"

#include <fmt/core.h>

#include <cstdio>
#include <filesystem>

#include "base/interrupts.hpp"
#include "tool/account/exit_status.hpp"
#include "tool/repository/check_run.hpp"
#include "tool/repository/check_text.hpp"
#include "tool/repository/work_tree.hpp"
#include "tool/text/human_text.hpp"

namespace imgopt {

namespace {

// What paths are told relative to: the work tree, else the current folder.
std::string root_of_here() {
  std::error_code error;
  const std::string here = std::filesystem::current_path(error).string();
  return work_tree_of(here).value_or(here);
}

struct Checked {
  CheckReport report;
  RunOptions options;
  std::string root;
};

Result<Checked> check_images(BuildRequest request) {
  Checked checked;
  IMGOPT_ASSIGN(const LedgerPlace place,
                find_ledger(request.options.ledger, request.scan.sources, request.project_config));
  IMGOPT_ASSIGN(checked.report, check_in_place(request, place));
  checked.options = std::move(request.options);
  checked.root = work_tree_of(place.folder).value_or(place.folder);
  return checked;
}

// Paths are checked against the ledger; a configuration with an output folder against its build.
Result<Checked> run_check(const CommandLine& command_line) {
  IMGOPT_ASSIGN(BuildRequest in_place, make_build_request(command_line, RequestUse::in_place));
  if (!command_line.arguments.empty() || !in_place.options.out)
    return check_images(std::move(in_place));
  Checked checked;
  IMGOPT_ASSIGN(BuildRequest request, make_build_request(command_line, RequestUse::build));
  IMGOPT_ASSIGN(checked.report, check_build(request));
  checked.options = std::move(request.options);
  checked.root = root_of_here();
  return checked;
}

void print_report(const Checked& checked) {
  switch (checked.options.print_as) {
    case PrintAs::text:
      fmt::print("{}", check_text(checked.report, checked.options.verbosity));
      break;
    case PrintAs::json:
      fmt::print("{}", check_json(checked.report, checked.root));
      break;
    case PrintAs::sarif:
      fmt::print("{}", check_sarif(checked.report, checked.root));
      break;
    case PrintAs::github:
      fmt::print("{}", check_annotations(checked.report, checked.root));
      break;
  }
}

}  // namespace

Result<int> run_check_command(const CommandLine& command_line) {
  Interrupts::install();
  IMGOPT_ASSIGN(const Checked checked, run_check(command_line));
  for (const Error& problem : checked.report.problems)
    print_error(problem);
  for (const std::string& warning : checked.report.warnings)
    fmt::print(stderr, "imgopt: warning: {}\n", printable(warning));
  print_report(checked);
  if (!checked.report.problems.empty())
    return status_of(ExitCode::surroundings);
  return status_of(checked.report.findings.empty() ? ExitCode::success : ExitCode::found_something);
}

}  // namespace imgopt
