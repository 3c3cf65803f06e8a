#include "tool/settings/config_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>
#include <unordered_map>

namespace imgopt {

namespace {

constexpr std::size_t k_deepest = 32;

// Reads characters for the parser and lets the handler see how far it has come.
class WatchedIterator {
public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  WatchedIterator(const char* at, const char** progress) : m_at(at), m_progress(progress) {}
  reference operator*() const { return *m_at; }
  WatchedIterator& operator++() {
    *m_progress = ++m_at;
    return *this;
  }
  WatchedIterator operator++(int) {
    WatchedIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const WatchedIterator& other) const { return m_at == other.m_at; }
  bool operator!=(const WatchedIterator& other) const { return m_at != other.m_at; }

private:
  const char* m_at;
  const char** m_progress;
};

// Builds the tree from the parser's events; a `false` stops the parser, m_error says why.
class TreeBuilder {
public:
  TreeBuilder(std::string_view text, const std::string& path)
      : m_text(text), m_path(path), m_progress(text.data()) {}

  [[nodiscard]] WatchedIterator begin() { return {m_text.data(), &m_progress}; }
  [[nodiscard]] WatchedIterator end() { return {m_text.data() + m_text.size(), &m_progress}; }
  [[nodiscard]] JsonValue& root() { return m_root; }
  [[nodiscard]] const Error& error() const { return m_error; }

  bool null() { return put(JsonType::null, "null"); }
  bool boolean(bool value) { return put(JsonType::boolean, value ? "yes" : "no"); }
  bool number_integer(nlohmann::json::number_integer_t value) { return put_number(std::to_string(value)); }
  bool number_unsigned(nlohmann::json::number_unsigned_t value) { return put_number(std::to_string(value)); }
  bool number_float(nlohmann::json::number_float_t, const std::string& digits) { return put_number(digits); }
  bool string(std::string& value) { return put(JsonType::string, std::move(value)); }
  bool binary(nlohmann::json::binary_t&) { return false; }

  bool start_object(std::size_t) { return open(JsonType::object); }
  bool end_object() { return close(); }
  bool start_array(std::size_t) { return open(JsonType::list); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    const std::uint32_t line = line_at(m_progress);
    const auto [known, is_new] = m_keys.back().emplace(name, line);
    if (!is_new)
      return refuse(fmt::format("{}:{}: \"{}\" is given twice; line {} has it already", m_path, line, name,
                                known->second));
    m_open.back()->members.push_back({std::move(name), line, {}});
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& problem) {
    const std::size_t at = std::min(position == 0 ? 0 : position - 1, m_text.size());
    const std::string_view before = m_text.substr(0, at);
    const std::size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    return refuse(fmt::format("{}:{}:{}: {}", m_path, line_at(m_text.data() + at), at - line_start + 1,
                              reason(problem.what(), before)));
  }

private:
  // nlohmann's text without its own name and position: "... parse error at line 1, column 2: REASON".
  static std::string reason(std::string_view text, std::string_view before) {
    const std::size_t last = before.find_last_not_of(" \t\r\n");
    if (last != std::string_view::npos && before[last] == ',' &&
        text.find("unexpected '") != std::string_view::npos &&
        (text.find("']'") != std::string_view::npos || text.find("'}'") != std::string_view::npos))
      return "a comma stands before the closing bracket";
    if (const std::size_t column = text.find("column "); column != std::string_view::npos)
      if (const std::size_t colon = text.find(": ", column); colon != std::string_view::npos)
        text.remove_prefix(colon + 2);
    std::string cleaned = "this is not JSON: ";
    for (const char c : text)
      cleaned += static_cast<unsigned char>(c) < 32 || c == 127 ? '?' : c;
    return cleaned;
  }

  [[nodiscard]] std::uint32_t line_at(const char* position) {
    // Positions only grow while parsing, so each line break is counted once.
    while (m_counted < position)
      m_line += *m_counted++ == '\n' ? 1 : 0;
    return m_line;
  }

  bool refuse(std::string message) {
    m_error = {ErrorCode::invalid_config, std::move(message)};
    return false;
  }

  // The parser has read one character past a number, unless the text ends with it.
  bool put_number(std::string digits) {
    const char* const end = m_text.data() + m_text.size();
    const bool at_end =
        m_progress == end && m_progress > m_text.data() && m_progress[-1] >= '0' && m_progress[-1] <= '9';
    return put(JsonType::number, std::move(digits), at_end ? m_progress : m_progress - 1);
  }
  bool put(JsonType type, std::string text) { return put(type, std::move(text), m_progress); }
  bool put(JsonType type, std::string text, const char* position) {
    JsonValue& value = place();
    value.type = type;
    value.text = std::move(text);
    value.line = line_at(position);
    return true;
  }

  bool open(JsonType type) {
    if (m_open.size() >= k_deepest)
      return refuse(
          fmt::format("{}:{}: nested more than {} levels deep", m_path, line_at(m_progress), k_deepest));
    JsonValue& value = place();
    value.type = type;
    value.line = line_at(m_progress);
    m_open.push_back(&value);
    m_keys.emplace_back();
    return true;
  }
  bool close() {
    m_open.pop_back();
    m_keys.pop_back();
    return true;
  }

  // Where the next value belongs. Only the innermost open value grows, so pointers to the outer ones stay
  // valid.
  JsonValue& place() {
    if (m_open.empty())
      return m_root;
    JsonValue& parent = *m_open.back();
    return parent.type == JsonType::object ? parent.members.back().value : parent.items.emplace_back();
  }

  std::string_view m_text;
  const std::string& m_path;
  const char* m_progress;
  const char* m_counted = m_text.data();
  std::uint32_t m_line = 1;
  JsonValue m_root;
  std::vector<JsonValue*> m_open;
  std::vector<std::unordered_map<std::string, std::uint32_t>> m_keys;  // of each open one, with their lines
  Error m_error{ErrorCode::invalid_config, "unknown"};
};

}  // namespace

Result<JsonValue> parse_config_json(std::string_view text, const std::string& path) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return fail(ErrorCode::invalid_config, fmt::format("{}:1: the file is empty", path));
  TreeBuilder builder(text, path);
  try {
    constexpr bool k_whole_text = true;
    constexpr bool k_comments = true;
    if (!nlohmann::json::sax_parse(builder.begin(), builder.end(), &builder,
                                   nlohmann::json::input_format_t::json, k_whole_text, k_comments))
      return tl::unexpected<Error>(builder.error());
  } catch (const std::exception& problem) {
    return fail(ErrorCode::invalid_config, fmt::format("{}: {}", path, problem.what()));
  }
  return std::move(builder.root());
}

}  // namespace imgopt
