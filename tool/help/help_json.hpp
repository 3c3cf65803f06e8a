// The option table as JSON (`imgopt help --json`), for pages of documentation, completions and other
// programs.
#pragma once

#include <string>

namespace imgopt {

// {"schema": 1, "commands": [...], "options": [...], "profiles": [...], "topics": [...]}
[[nodiscard]] std::string help_json();

}  // namespace imgopt
