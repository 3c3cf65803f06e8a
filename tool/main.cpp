// imgopt: parses, runs one command, returns its exit status.
#include <fmt/core.h>

#include <cstdio>
#include <exception>
#include <span>

#include "base/interrupts.hpp"
#include "base/machine.hpp"
#include "tool/account/exit_status.hpp"
#include "tool/commands/run_command.hpp"

int main(int argument_count, char** arguments) {
  using namespace imgopt;
  try {
    give_large_blocks_back();
    allow_more_descriptors();
    const auto status = run_command(
        std::span<const char* const>(arguments, static_cast<std::size_t>(argument_count)).subspan(1));
    if (status)
      return *status;
    if (status.error().code != ErrorCode::interrupted)
      print_error(status.error());
    return status_of(exit_code_for(status.error(), Interrupts::pending()));
  } catch (const std::exception& error) {
    fmt::print(stderr, "imgopt: internal error: {}\n", error.what());
    return status_of(ExitCode::internal_error);
  }
}
