#include "tool/text/json_text.hpp"

#include <algorithm>
#include <cstddef>

#include "tool/text/utf8.hpp"

namespace imgopt {

namespace {

constexpr std::string_view k_replacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view k_digits = "0123456789abcdef";

void append_byte(std::string& out, char byte) {
  const auto value = static_cast<unsigned char>(byte);
  out.append(k_replacement);
  out.push_back(k_digits[value >> 4]);
  out.push_back(k_digits[value & 15]);
}

// Calls plain(text) for valid UTF-8 that may be copied.
template <typename Plain>
void walk(std::string& out, std::string_view bytes, Plain&& plain) {
  std::size_t start = 0;
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (static_cast<unsigned char>(bytes[at]) < 0x80) {
      ++at;
      continue;
    }
    const CodePoint point = code_point_at(bytes, at);
    if (point.value && *point.value != 0xFFFD) {
      at += point.length;
      continue;
    }
    plain(bytes.substr(start, at - start));
    for (std::size_t i = 0; i < point.length; ++i)
      append_byte(out, bytes[at + i]);
    at += point.length;
    start = at;
  }
  plain(bytes.substr(start));
}

// RFC 8259: quote, backslash and everything below U+0020 must be escaped. U+007F is, too: it is no good on a
// terminal.
void append_escaped(std::string& out, std::string_view text) {
  std::size_t start = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char character = text[at];
    const auto value = static_cast<unsigned char>(character);
    if (value >= 0x20 && value != 0x7F && character != '"' && character != '\\')
      continue;
    out.append(text.substr(start, at - start));
    start = at + 1;
    if (character == '"' || character == '\\') {
      out.push_back('\\');
      out.push_back(character);
    } else {
      out.append("\\u00");
      out.push_back(k_digits[value >> 4]);
      out.push_back(k_digits[value & 15]);
    }
  }
  out.append(text.substr(start));
}

}  // namespace

std::string json_text(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  walk(out, bytes, [&out](std::string_view text) { out.append(text); });
  return out;
}

std::string bytes_of_json_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t at = std::min(text.find(k_replacement), text.size());
    out.append(text.substr(0, at));
    text.remove_prefix(at);
    if (text.empty())
      break;
    text.remove_prefix(k_replacement.size());
    const auto digit = [&](std::size_t i) {
      return i < text.size() ? k_digits.find(text[i]) : std::string_view::npos;
    };
    const std::size_t high = digit(0);
    const std::size_t low = digit(1);
    if (high == std::string_view::npos || low == std::string_view::npos) {
      out.append(k_replacement);  // not made by json_text()
      continue;
    }
    out.push_back(static_cast<char>(high << 4 | low));
    text.remove_prefix(2);
  }
  return out;
}

void append_json_string(std::string& out, std::string_view bytes) {
  out.push_back('"');
  walk(out, bytes, [&out](std::string_view text) { append_escaped(out, text); });
  out.push_back('"');
}

}  // namespace imgopt
