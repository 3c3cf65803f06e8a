// Depfiles: what a run read, in the syntax that Ninja, GNU make and CMake's own reader have in common.
//
// Observed with Ninja 1.11.1, GNU make 4.3 and CMake 3.25.1, which rewrites depfiles for both. Space, `#`,
// `$` and `|` are escaped, as are backslashes that would otherwise escape something; everything else stands
// as it is, since no escape for it is understood by all. A name with any of k_beyond_depfiles is read wrong
// by at least one of the three: mostly the rule then runs in every build, in some pairings it misses a
// change. Where Make would stop at a name or, behind a `;`, run it as a command, the name is left out.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imgopt {

// Beside control characters. CMake hands `#`, `$` and `\` on to Ninja wrong; Ninja 1.11 ends a name at the
// others but `:`; Make takes `:`, `;` and `|` as its own.
inline constexpr std::string_view k_beyond_depfiles = "#$\\\"&'*:;<>?^`|";

// "TARGET: \" and one prerequisite a line. `target` is to be an absolute path; the caller gives paths that
// readers will find from any folder; a folder's may end in a slash. Left out are names with control
// characters, `:`, `;` or `\=`, with a space at their end, and those that are members of an archive to Make:
// "a(b)", but not "a(b)/" or "a(b).png". A list that would be empty names "/usr", for a rule without
// prerequisites is out of date for ever to Ninja (ninja#1229).
[[nodiscard]] std::string depfile_text(std::string_view target, std::span<const std::string> prerequisites);

// Those of `names` that a user must be told of: a build that reads them from a depfile goes wrong.
[[nodiscard]] std::vector<std::string> names_beyond_depfiles(std::span<const std::string> names);

}  // namespace imgopt
