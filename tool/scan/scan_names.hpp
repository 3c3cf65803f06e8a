// Names and paths of a scan, as text: absolute paths without `.` and `..`, and names relative to a base.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace imgopt {

// `path` below `current` unless it is absolute itself; "" is `current`. `current` is absolute.
[[nodiscard]] std::string absolute_path(std::string_view current, std::string_view path);

// The same without `.`, `..`, empty components and a last slash, by the text alone: `a/link/..` is `a`.
[[nodiscard]] std::string normal_path(std::string_view current, std::string_view path);

// The folder that names are relative to.
class NameBase {
public:
  NameBase(std::string base, std::string_view current);
  // The name of `source` relative to the base, "" for the base itself. Where the text alone does not show the
  // source to be below the base, links in both are resolved, but not a link that is the source itself. Fails
  // with invalid_argument naming both where it is outside.
  [[nodiscard]] Result<std::string> name_of(const std::string& source, std::string_view current) const;

private:
  std::string m_base;
  std::string m_normal;
};

}  // namespace imgopt
