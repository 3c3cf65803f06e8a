// `imgopt cache stats|verify|gc|clear`: what the cache holds, whether it is whole, and how to be rid of it.
#pragma once

#include "base/result.hpp"
#include "tool/settings/command_line.hpp"

namespace imgopt {

// Prints to standard output; a folder that is not there is an empty cache. Nothing but entries and leftovers
// is removed: never the secret, and only `verify --fix` removes files that are not ours. Returns the exit
// status.
[[nodiscard]] Result<int> run_cache_command(const CommandLine& command_line);

}  // namespace imgopt
