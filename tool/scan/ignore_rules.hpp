// Ignore files: `.gitignore` and `.imgoptignore`, read as git reads the former.
//
// One IgnoreRules holds what stands in the ignore files of one folder. Of a file's lines the last that
// matches decides, of nested folders the deepest whose files say anything, and in one folder `.imgoptignore`
// after
// `.gitignore`. A folder that is ignored is not entered, so nothing below it can be taken back with `!`.
// Lines that git would never match (`[a`, a last backslash) are passed over, as git does.
// Source: gitignore(5).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tool/text/glob.hpp"

namespace imgopt {

inline constexpr std::string_view k_git_ignore_file = ".gitignore";
inline constexpr std::string_view k_own_ignore_file = ".imgoptignore";

enum class ListedKind : std::uint8_t { file, folder };
enum class IgnoreVerdict : std::uint8_t { unmentioned, ignored, taken };

class IgnoreRules {
public:
  // Adds a file's lines after those added before.
  void add(std::string_view text);
  [[nodiscard]] bool is_empty() const { return m_rules.empty(); }
  // `path` is relative to the folder in which the ignore files stand.
  [[nodiscard]] IgnoreVerdict judge(std::string_view path, ListedKind kind) const;

private:
  enum class Applies : std::uint8_t { always, to_folders };
  struct Rule {
    Glob glob;
    IgnoreVerdict verdict;
    Applies applies;
  };
  std::vector<Rule> m_rules;
};

}  // namespace imgopt
