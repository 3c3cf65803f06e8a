// Paths as text: their parts, and as they stand in a URI. Nothing is looked up.
#pragma once

#include <string>
#include <string_view>

namespace imgopt {

// All before the last slash; empty where there is none.
[[nodiscard]] std::string_view parent_of(std::string_view path);

// All behind the last slash.
[[nodiscard]] std::string_view leaf_of(std::string_view path);

// All behind the last dot of the leaf; empty where it has none.
[[nodiscard]] std::string_view extension_of(std::string_view path);

// Whether `path` is `place` or lies below it.
[[nodiscard]] bool is_or_holds(std::string_view place, std::string_view path);

// A path as a URI reference (RFC 3986): all but unreserved characters and slashes as %XX.
[[nodiscard]] std::string uri_of(std::string_view path);

}  // namespace imgopt
