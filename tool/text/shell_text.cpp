#include "tool/text/shell_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "tool/text/human_text.hpp"

namespace imgopt {

namespace {

constexpr std::string_view k_plain_signs = "_-./=:,@%+";

bool needs_no_quotes(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         k_plain_signs.find(c) != std::string_view::npos;
}

}  // namespace

std::string shell_quoted(std::string_view word) {
  std::string text(word.starts_with('-') ? "./" : "");
  if (!word.empty() && std::all_of(word.begin(), word.end(), needs_no_quotes))
    return text.append(word);
  // What a terminal could not show is spelled out, as bash, zsh and POSIX 2024 read it.
  const bool is_shown = printable(word) == word;
  text += is_shown ? "'" : "$'";
  for (const char c : word) {
    if (c == '\'')
      text += is_shown ? "'\\''" : "\\'";
    else if (!is_shown &&
             (c == '\\' || static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) > '~'))
      text += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    else
      text += c;
  }
  return text + '\'';
}

std::string as_seen_from_here(const std::string& path) {
  std::error_code error;
  const std::string relative = std::filesystem::proximate(path, error).string();
  return error ? path : relative;
}

}  // namespace imgopt
