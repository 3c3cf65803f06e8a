#include "tool/scan/ignore_rules.hpp"

#include <algorithm>
#include <utility>

namespace imgopt {
namespace {

// Without trailing spaces, except one that a backslash keeps.
std::string_view trim_trailing_spaces(std::string_view line) {
  while (line.ends_with(' ')) {
    const std::string_view rest = line.substr(0, line.size() - 1);
    const std::size_t last_other = rest.find_last_not_of('\\');  // npos + 1 is 0
    const std::size_t backslashes = rest.size() - (last_other + 1);
    if (backslashes % 2 == 1)
      break;
    line = rest;
  }
  return line;
}

}  // namespace

void IgnoreRules::add(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF"))
    text.remove_prefix(3);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    if (line.starts_with('#'))
      continue;
    line = trim_trailing_spaces(line);
    IgnoreVerdict verdict = IgnoreVerdict::ignored;
    if (line.starts_with('!')) {
      verdict = IgnoreVerdict::taken;
      line.remove_prefix(1);
    }
    Applies applies = Applies::always;
    if (line.ends_with('/')) {
      applies = Applies::to_folders;
      line.remove_suffix(1);
    }
    if (line.ends_with('/'))
      continue;  // git matches no name with `a//`, while to a Glob a last slash has a meaning of its own
    if (auto glob = Glob::parse(line, Braces::literal))
      m_rules.push_back({std::move(*glob), verdict, applies});
  }
}

IgnoreVerdict IgnoreRules::judge(std::string_view path, ListedKind kind) const {
  for (auto rule = m_rules.rbegin(); rule != m_rules.rend(); ++rule)
    if ((rule->applies == Applies::always || kind == ListedKind::folder) && rule->glob.matches(path))
      return rule->verdict;
  return IgnoreVerdict::unmentioned;
}

}  // namespace imgopt
