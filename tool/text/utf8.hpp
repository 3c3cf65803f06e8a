// Reads UTF-8 one code point at a time from bytes that may not be UTF-8: file names are whatever bytes they
// are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace imgopt {

struct CodePoint {
  // none: the byte at this place belongs to no valid sequence (Unicode 15, table 3-7).
  std::optional<char32_t> value;
  std::size_t length = 1;  // bytes; 1 where the value is none
};

// The code point that starts at `at`, which must lie inside of `text`.
[[nodiscard]] CodePoint code_point_at(std::string_view text, std::size_t at);

}  // namespace imgopt
