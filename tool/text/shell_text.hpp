// Words for commands that a person is to paste into a shell.
#pragma once

#include <string>
#include <string_view>

namespace imgopt {

// `word` as it stands where a shell takes it so, else in quotes. One that begins with a dash gets ./
// before it.
[[nodiscard]] std::string shell_quoted(std::string_view word);

// `path` relative to the current folder.
[[nodiscard]] std::string as_seen_from_here(const std::string& path);

}  // namespace imgopt
