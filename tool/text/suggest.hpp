// The nearest spelling: what somebody who mistyped a word may have meant.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace imgopt {

// The candidate nearest to `word` by edits (insert, delete, replace, swap neighbours; case is free), or the
// only one that it is the beginning of; none where all are further away than a third of the word. A tie
// goes to one that begins with the word, else to the first.
[[nodiscard]] std::optional<std::string_view> nearest_spelling(std::string_view word,
                                                               std::span<const std::string_view> candidates);

// "; did you mean CANDIDATE?" with `prefix` before it, or nothing.
[[nodiscard]] std::string suggestion(std::string_view word, std::span<const std::string_view> candidates,
                                     std::string_view prefix = "");

}  // namespace imgopt
