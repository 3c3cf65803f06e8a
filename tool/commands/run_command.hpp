// From the command line to the command that it names.
#pragma once

#include <span>

#include "base/result.hpp"

namespace imgopt {

// `arguments` is argv without the program's name. Returns the exit status.
[[nodiscard]] Result<int> run_command(std::span<const char* const> arguments);

}  // namespace imgopt
