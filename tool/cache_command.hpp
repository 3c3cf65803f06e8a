// `imgopt cache stats|clear`: what the cache holds, and how to be rid of it.
#pragma once

#include "base/result.hpp"
#include "tool/command_line.hpp"

namespace imgopt {

// Prints to standard output; a folder that is not there is an empty cache. `clear` removes entries and
// leftovers, never the secret, and never anything that is not ours. Returns the exit status.
[[nodiscard]] Result<int> run_cache_command(const CommandLine& command_line);

}  // namespace imgopt
