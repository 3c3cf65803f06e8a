#include "tool/commands/run_command.hpp"

#include <fmt/core.h>

#include "tool/account/exit_status.hpp"
#include "tool/commands/build_command.hpp"
#include "tool/commands/cache_command.hpp"
#include "tool/commands/check_command.hpp"
#include "tool/commands/compare_command.hpp"
#include "tool/commands/config_command.hpp"
#include "tool/commands/doctor_command.hpp"
#include "tool/commands/explain_command.hpp"
#include "tool/commands/init_command.hpp"
#include "tool/commands/optimize_command.hpp"
#include "tool/commands/report_command.hpp"
#include "tool/commands/version_command.hpp"
#include "tool/commands/watch_command.hpp"
#include "tool/help/help_json.hpp"
#include "tool/help/help_text.hpp"
#include "tool/settings/command_line.hpp"

namespace imgopt {

namespace {

Result<int> print_help(const CommandLine& command_line) {
  if (command_line.layer.find(OptionId::json) != nullptr) {
    fmt::print("{}", help_json());
    return status_of(ExitCode::success);
  }
  IMGOPT_ASSIGN(const std::string text, help_topic(command_line.help_topic));
  fmt::print("{}", text);
  return status_of(ExitCode::success);
}

}  // namespace

Result<int> run_command(std::span<const char* const> arguments) {
  IMGOPT_ASSIGN(const CommandLine command_line, parse_command_line(arguments));
  switch (command_line.command) {
    case Command::build:
      return run_build_command(command_line);
    case Command::watch:
      return run_watch_command(command_line);
    case Command::check:
      return run_check_command(command_line);
    case Command::optimize:
      return run_optimize_command(command_line);
    case Command::compare:
      return run_compare_command(command_line);
    case Command::cache:
      return run_cache_command(command_line);
    case Command::config:
      return run_config_command(command_line);
    case Command::init:
      return run_init_command(command_line);
    case Command::report:
      return run_report_command(command_line);
    case Command::doctor:
      return run_doctor_command(command_line);
    case Command::explain:
      return run_explain_command(command_line);
    case Command::version:
      return run_version_command(command_line);
    case Command::help:
      break;
  }
  return print_help(command_line);
}

}  // namespace imgopt
