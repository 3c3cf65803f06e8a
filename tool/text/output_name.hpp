// Names of outputs: made by a pattern, checked before anything is written, compared for collisions. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace imgopt {

// The names of outputs where no pattern is given: without and with a width.
inline constexpr std::string_view k_plain_name_pattern = "{stem}.{ext}";
inline constexpr std::string_view k_width_name_pattern = "{stem}-{width}w.{ext}";

// Checks a pattern: text with {stem}, {ext}, {width} and {format}; '/' makes folders below the source's own.
// ErrorCode::invalid_argument; the message starts with "expected", as parse_value's do.
[[nodiscard]] Result<void> check_name_pattern(std::string_view pattern);

[[nodiscard]] bool uses_width(std::string_view pattern);

struct NameParts {
  std::string_view stem;
  std::string_view ext;  // empty: the dot before {ext} goes too
  std::string_view format;
  std::optional<std::uint32_t> width;
};
// `pattern` was checked; {width} without a width becomes nothing.
[[nodiscard]] std::string expand_name(std::string_view pattern, const NameParts& parts);

// Refuses a relative output path that cannot be written everywhere or would leave the output folder: empty,
// absolute, empty components, "." and "..", control characters, a component that ends in a dot or a space, is
// longer than 255 bytes or is a device of Windows (CON, NUL, COM1, ..., with any extension), more than
// k_longest_output_path bytes. ErrorCode::invalid_argument; the message does not name the path.
inline constexpr std::size_t k_longest_output_path = 3000;
[[nodiscard]] Result<void> check_output_name(std::string_view path);

struct PlannedName {
  std::string_view path;    // of the output, relative
  std::string_view source;  // its name, for messages
};

enum class CollisionKind : std::uint8_t {
  same_path,    // equal bytes
  same_folded,  // equal but for ASCII case: one file on macOS and Windows
  folder        // `second` needs a folder where `first` is a file
};

struct Collision {
  std::size_t first = 0;   // indices into the names
  std::size_t second = 0;  // the greater index, but for CollisionKind::folder
  CollisionKind kind = CollisionKind::same_path;
};

// All collisions, each name with the first that it collides with, sorted by `second`. Case is folded for
// ASCII alone: folding of other letters differs between file systems, and their exact bytes are compared
// instead.
[[nodiscard]] std::vector<Collision> find_collisions(std::span<const PlannedName> names);

// What a collision is and what helps, as a part of a sentence about the second name's source.
[[nodiscard]] std::string collision_text(CollisionKind kind, const PlannedName& first,
                                         const PlannedName& second);

}  // namespace imgopt
