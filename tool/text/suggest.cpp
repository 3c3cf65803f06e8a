#include "tool/text/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace imgopt {

namespace {

// Longer words are names nobody mistyped, and the table below is quadratic.
constexpr std::size_t k_longest_word = 64;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Optimal string alignment distance (Damerau-Levenshtein where no substring is edited twice).
std::size_t edits_between(std::string_view a, std::string_view b) {
  const std::size_t columns = b.size() + 1;
  std::vector<std::size_t> table((a.size() + 1) * columns);
  const auto at = [&](std::size_t i, std::size_t j) -> std::size_t& { return table[i * columns + j]; };
  for (std::size_t i = 0; i <= a.size(); ++i)
    at(i, 0) = i;
  for (std::size_t j = 0; j <= b.size(); ++j)
    at(0, j) = j;
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const char x = lower(a[i - 1]);
      const char y = lower(b[j - 1]);
      at(i, j) = std::min({at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (x == y ? 0 : 1)});
      if (i > 1 && j > 1 && x == lower(b[j - 2]) && lower(a[i - 2]) == y)
        at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
    }
  return at(a.size(), b.size());
}

}  // namespace

std::optional<std::string_view> nearest_spelling(std::string_view word,
                                                 std::span<const std::string_view> candidates) {
  if (word.empty() || word.size() > k_longest_word)
    return std::nullopt;
  std::optional<std::string_view> nearest;
  std::size_t fewest = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > k_longest_word)
      continue;
    const std::size_t edits = edits_between(word, candidate);
    // Replacing every letter of a short word is no slip.
    if (edits >= candidate.size())
      continue;
    const bool completes =
        nearest && edits == fewest && candidate.starts_with(word) && !nearest->starts_with(word);
    if (edits < fewest || completes) {
      nearest = candidate;
      fewest = edits;
    }
  }
  if (nearest)
    return nearest;
  const auto begins = [&](std::string_view candidate) { return candidate.starts_with(word); };
  if (std::count_if(candidates.begin(), candidates.end(), begins) == 1)
    return *std::find_if(candidates.begin(), candidates.end(), begins);
  return std::nullopt;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> candidates,
                       std::string_view prefix) {
  const auto nearest = nearest_spelling(word, candidates);
  return nearest ? fmt::format("; did you mean {}{}?", prefix, *nearest) : std::string();
}

}  // namespace imgopt
