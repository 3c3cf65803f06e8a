#include "tool/shell_text.hpp"

#include <algorithm>
#include <filesystem>

namespace imgopt {

namespace {

constexpr std::string_view k_plain_signs = "_-./=:,@%+";

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         k_plain_signs.find(c) != std::string_view::npos;
}

}  // namespace

std::string shell_quoted(std::string_view word) {
  std::string text(word.starts_with('-') ? "./" : "");
  if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain))
    return text.append(word);
  text += '\'';
  for (const char c : word)
    text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + '\'';
}

std::string as_seen_from_here(const std::string& path) {
  std::error_code error;
  const std::string relative = std::filesystem::proximate(path, error).string();
  return error ? path : relative;
}

}  // namespace imgopt
