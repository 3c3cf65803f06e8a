#include "tool/text/glob.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

#include "tool/text/glob_character.hpp"

namespace imgopt {
namespace {

constexpr std::size_t k_max_pattern_bytes = 4096;  // PATH_MAX: a longer name cannot be opened
constexpr int k_max_brace_depth = 16;

struct NamedClass {
  std::string_view name;
  std::string_view ranges;  // pairs: first and last
};
// POSIX classes in the C locale.
constexpr std::array<NamedClass, 10> k_classes{{{"alnum", "09AZaz"},
                                                {"alpha", "AZaz"},
                                                {"blank", "\t\t  "},
                                                {"cntrl", "\x01\x1F\x7F\x7F"},
                                                {"digit", "09"},
                                                {"lower", "az"},
                                                {"punct", "!/:@[`{~"},
                                                {"space", "\t\r  "},
                                                {"upper", "AZ"},
                                                {"xdigit", "09AFaf"}}};

}  // namespace

// Turns a pattern into instructions of a backtracking-free automaton (Thompson's, run as Pike's machine).
class GlobCompiler {
public:
  GlobCompiler(std::string_view pattern, Braces braces) : m_braces(braces) { m_glob.m_pattern = pattern; }

  Result<Glob> compile() {
    const std::string_view pattern = m_glob.m_pattern;
    if (pattern.size() > k_max_pattern_bytes)
      return fail(ErrorCode::invalid_config, "pattern of " + std::to_string(pattern.size()) +
                                                 " bytes: longer than " +
                                                 std::to_string(k_max_pattern_bytes));
    if (pattern.find('\0') != std::string_view::npos)
      return error("holds a zero byte");
    const std::string text = anchored_text(pattern);
    if (text.empty())
      return error("is empty");
    m_text = text;
    IMGOPT_TRY(sequence(0));
    IMGOPT_TRY(check_components());
    emit(Glob::Operation::accept);
    m_glob.close_small_program();
    if (m_wildcards == 0)
      m_glob.m_shape = Glob::Shape::literal;
    else if (m_wildcards == 1)
      m_glob.m_shape = m_only_wildcard;
    return std::move(m_glob);
  }

private:
  tl::unexpected<Error> error(std::string_view what) const {
    return fail(ErrorCode::invalid_config, "pattern \"" + m_glob.m_pattern + "\": " + std::string(what));
  }

  // Resolves leading and trailing slashes and decides what the pattern is matched against.
  std::string anchored_text(std::string_view pattern) {
    bool is_anchored = false;
    if (m_braces == Braces::alternatives && pattern.starts_with("./")) {
      pattern.remove_prefix(2);
      is_anchored = true;
    } else if (pattern.starts_with('/')) {
      pattern.remove_prefix(1);
      is_anchored = true;
    }
    const bool is_inside = pattern.size() > 1 && pattern.ends_with('/');
    if (is_inside)
      pattern.remove_suffix(1);
    // `**/x` and `x` are the same; only the second is matched without an automaton.
    while (!is_anchored && pattern.starts_with("**/") && pattern.size() > 3 && !has_slash(pattern.substr(3)))
      pattern.remove_prefix(3);
    const bool is_floating = !is_anchored && !has_slash(pattern);
    if (is_inside)
      return std::string(is_floating ? "**/" : "").append(pattern).append("/**");
    if (is_floating)
      m_glob.m_scope = Glob::Scope::last_component;
    return std::string(pattern);
  }

  static bool has_slash(std::string_view text) { return text.find('/') != std::string_view::npos; }

  Result<void> check_components() const {
    const std::string_view text = m_text;
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find('/', begin), text.size());
      const std::string_view component = text.substr(begin, end - begin);
      if (component.empty() || component == "." || component == "..")
        return error("holds the component \"" + std::string(component) + "\", which no name has");
      begin = end + 1;
    }
    return {};
  }

  // A sequence up to the end of the text or, within braces, up to `,` or `}`.
  Result<void> sequence(int depth) {
    while (m_position < m_text.size()) {
      const char c = m_text[m_position];
      if (depth > 0 && (c == ',' || c == '}'))
        return {};
      if (c == '*') {
        stars(depth);
      } else if (c == '?') {
        ++m_position;
        emit(Glob::Operation::any_in_component);
        wildcard(Glob::Shape::general);
      } else if (c == '[') {
        IMGOPT_TRY(set());
      } else if (c == '{' && m_braces == Braces::alternatives) {
        IMGOPT_TRY(alternatives(depth + 1));
      } else if (c == '}' && m_braces == Braces::alternatives) {
        return error("has a } without {");
      } else {
        if (c == '\\' && ++m_position == m_text.size())
          return error("ends in a backslash");
        literal(depth);
      }
    }
    return {};
  }

  void literal(int depth) {
    const std::size_t begin = m_position;
    const char32_t character = next_character(m_text, m_position);
    emit(Glob::Operation::character, character);
    m_is_component_start = character == '/';
    if (depth == 0)
      (m_wildcards == 0 ? m_glob.m_prefix : m_glob.m_suffix).append(m_text, begin, m_position - begin);
  }

  void wildcard(Glob::Shape shape_when_alone) {
    ++m_wildcards;
    m_only_wildcard = shape_when_alone;
    m_glob.m_suffix.clear();
    m_is_component_start = false;
  }

  void stars(int depth) {
    const std::size_t begin = m_position;
    while (m_position < m_text.size() && m_text[m_position] == '*')
      ++m_position;
    const bool is_end = m_position == m_text.size();
    const char next = is_end ? '\0' : m_text[m_position];
    const bool is_component_end = is_end || next == '/' || (depth > 0 && (next == ',' || next == '}'));
    if (m_position - begin < 2 || !m_is_component_start || !is_component_end) {
      loop(Glob::Operation::any_in_component);
      wildcard(depth == 0 ? Glob::Shape::one_star : Glob::Shape::general);
    } else if (next == '/') {  // no component, or any number of them with their slashes
      ++m_position;
      const std::uint32_t skip = emit(Glob::Operation::split);
      m_glob.m_program[skip].target = skip + 1;
      loop(Glob::Operation::any);
      emit(Glob::Operation::character, '/');
      m_glob.m_program[skip].value = next_index();
      wildcard(Glob::Shape::general);
      m_is_component_start = true;
    } else {
      loop(Glob::Operation::any);
      wildcard(is_end ? Glob::Shape::open_end : Glob::Shape::general);
    }
  }

  // Any number of characters of one kind.
  void loop(Glob::Operation kind) {
    const std::uint32_t split = emit(Glob::Operation::split);
    m_glob.m_program[split].target = emit(kind);
    emit(Glob::Operation::jump, 0, split);
    m_glob.m_program[split].value = next_index();
  }

  Result<void> alternatives(int depth) {
    if (depth > k_max_brace_depth)
      return error("nests braces more than " + std::to_string(k_max_brace_depth) + " deep");
    const bool was_component_start = m_is_component_start;
    ++m_wildcards;  // what follows is no longer prefix
    std::vector<std::uint32_t> exits;
    for (;;) {
      ++m_position;  // the brace or the comma
      const std::uint32_t split = emit(Glob::Operation::split);
      m_glob.m_program[split].target = split + 1;
      m_is_component_start = was_component_start;
      IMGOPT_TRY(sequence(depth));
      if (m_position == m_text.size())
        return error("has a { without }");
      exits.push_back(emit(Glob::Operation::jump));
      m_glob.m_program[split].value = next_index();
      if (m_text[m_position] == '}') {
        // The last alternative has no other to fall to.
        m_glob.m_program[split].value = split + 1;
        break;
      }
    }
    ++m_position;
    for (const std::uint32_t exit : exits)
      m_glob.m_program[exit].target = next_index();
    wildcard(Glob::Shape::general);
    return {};
  }

  Result<void> set() {
    Glob::CharacterSet parsed;
    std::size_t at = m_position + 1;
    if (at < m_text.size() && (m_text[at] == '!' || m_text[at] == '^')) {
      parsed.sense = Glob::CharacterSet::Sense::not_listed;
      ++at;
    }
    for (bool is_first = true;; is_first = false) {  // `]` standing first is listed itself
      if (at >= m_text.size())
        return error("has a [ without ]");
      if (m_text[at] == ']' && !is_first)
        break;
      if (m_text.compare(at, 2, "[:") == 0) {
        IMGOPT_TRY(named_class(at, parsed));
        continue;
      }
      IMGOPT_ASSIGN(const char32_t low, listed_character(at));
      char32_t high = low;
      if (at + 1 < m_text.size() && m_text[at] == '-' && m_text[at + 1] != ']') {
        ++at;
        IMGOPT_ASSIGN(high, listed_character(at));
      }
      if (high < low)
        return error("has a range in [] whose end comes before its start");
      parsed.ranges.emplace_back(low, high);
    }
    m_position = at + 1;
    emit(Glob::Operation::set, static_cast<std::uint32_t>(m_glob.m_sets.size()));
    m_glob.m_sets.push_back(std::move(parsed));
    wildcard(Glob::Shape::general);
    return {};
  }

  Result<char32_t> listed_character(std::size_t& at) const {
    if (m_text[at] == '\\')
      ++at;
    if (at >= m_text.size())
      return error("has a [ without ]");
    return next_character(m_text, at);
  }

  Result<void> named_class(std::size_t& at, Glob::CharacterSet& parsed) const {
    const std::size_t end = m_text.find(":]", at + 2);
    const std::string_view name =
        std::string_view(m_text).substr(at + 2, std::min(end, m_text.size()) - at - 2);
    const auto found = std::find_if(k_classes.begin(), k_classes.end(),
                                    [&](const NamedClass& known) { return known.name == name; });
    if (end == std::string::npos || found == k_classes.end())
      return error("has an unknown class [:" + std::string(name) + ":]");
    for (std::size_t i = 0; i + 1 < found->ranges.size(); i += 2)
      parsed.ranges.emplace_back(static_cast<unsigned char>(found->ranges[i]),
                                 static_cast<unsigned char>(found->ranges[i + 1]));
    at = end + 2;
    return {};
  }

  std::uint32_t next_index() const { return static_cast<std::uint32_t>(m_glob.m_program.size()); }
  std::uint32_t emit(Glob::Operation operation, std::uint32_t value = 0, std::uint32_t target = 0) {
    m_glob.m_program.push_back({operation, value, target});
    return next_index() - 1;
  }

  Braces m_braces;
  Glob m_glob;
  std::string m_text;
  std::size_t m_position = 0;
  std::size_t m_wildcards = 0;
  Glob::Shape m_only_wildcard = Glob::Shape::general;
  bool m_is_component_start = true;
};

Result<Glob> Glob::parse(std::string_view pattern, Braces braces) {
  return GlobCompiler(pattern, braces).compile();
}

bool Glob::CharacterSet::contains(char32_t character) const {
  if (character == '/')
    return false;
  const bool is_listed = std::any_of(ranges.begin(), ranges.end(), [character](const Range& range) {
    return character >= range.first && character <= range.second;
  });
  return is_listed == (sense == Sense::listed);
}

bool Glob::matches(std::string_view path) const {
  if (m_scope == Scope::last_component)
    path.remove_prefix(path.rfind('/') + 1);  // npos + 1 is 0
  return matches_text(path);
}

bool Glob::matches_folder(std::string_view path) const {
  if (matches(path))
    return true;
  // What matches the folder's path with a slash and nothing after it matches all that is below.
  return m_scope == Scope::whole_path && m_suffix.empty() && matches_text(std::string(path) + '/');
}

bool Glob::matches_text(std::string_view text) const {
  if (m_shape == Shape::literal)
    return text == m_prefix;
  if (text.size() < m_prefix.size() + m_suffix.size() || !text.starts_with(m_prefix) ||
      !text.ends_with(m_suffix))
    return false;
  if (m_shape == Shape::open_end)
    return true;
  if (m_shape == Shape::one_star)
    return text.substr(m_prefix.size(), text.size() - m_prefix.size() - m_suffix.size()).find('/') ==
           std::string_view::npos;
  return run(text);
}

bool Glob::accepts(const Instruction& instruction, char32_t character) const {
  switch (instruction.operation) {
    case Operation::character:
      return character == instruction.value;
    case Operation::any_in_component:
      return character != '/';
    case Operation::any:
      return true;
    case Operation::set:
      return m_sets[instruction.value].contains(character);
    case Operation::split:
    case Operation::jump:
    case Operation::accept:
      break;
  }
  return false;
}

template <typename Reach>
void Glob::follow(std::uint32_t start, std::vector<std::uint32_t>& pending, Reach&& reach) const {
  pending.assign(1, start);
  while (!pending.empty()) {
    const std::uint32_t index = pending.back();
    pending.pop_back();
    if (!reach(index))
      continue;
    const Instruction& instruction = m_program[index];
    if (instruction.operation == Operation::split)
      pending.push_back(instruction.value);
    if (instruction.operation == Operation::split || instruction.operation == Operation::jump)
      pending.push_back(instruction.target);
  }
}

void Glob::close_small_program() {
  if (m_program.size() > 64)
    return;
  std::vector<std::uint32_t> pending;
  const auto reached_from = [&](std::uint32_t start) {
    std::uint64_t reached = 0;
    follow(start, pending, [&](std::uint32_t index) {
      return (std::exchange(reached, reached | std::uint64_t{1} << index) >> index & 1) == 0;
    });
    // Splits and jumps take no character and would only be looked at in vain.
    for (std::uint32_t index = 0; index < m_program.size(); ++index)
      if (m_program[index].operation == Operation::split || m_program[index].operation == Operation::jump)
        reached &= ~(std::uint64_t{1} << index);
    return reached;
  };
  m_start = reached_from(0);
  for (std::uint32_t index = 1; index < m_program.size(); ++index)
    m_after.push_back(reached_from(index));
}

bool Glob::run_small(std::string_view text) const {
  std::uint64_t current = m_start;
  for (std::size_t position = 0; position < text.size() && current != 0;) {
    const char32_t character = next_character(text, position);
    std::uint64_t next = 0;
    for (std::uint64_t rest = current; rest != 0; rest &= rest - 1) {
      const auto index = static_cast<std::size_t>(std::countr_zero(rest));
      if (accepts(m_program[index], character))
        next |= m_after[index];
    }
    current = next;
  }
  return (current >> (m_program.size() - 1) & 1) != 0;  // the last instruction accepts
}

bool Glob::run(std::string_view text) const {
  if (!m_after.empty())
    return run_small(text);
  // Two sets of instructions, those reached before and after a character; `seen` holds the step that last
  // reached an instruction, so that none is in a set twice.
  std::vector<std::uint32_t> current;
  std::vector<std::uint32_t> next;
  std::vector<std::uint32_t> pending;
  std::vector<std::size_t> seen(m_program.size(), 0);
  std::size_t step = 1;
  const auto add = [&](std::vector<std::uint32_t>& set, std::uint32_t start) {
    follow(start, pending, [&](std::uint32_t index) {
      if (std::exchange(seen[index], step) == step)
        return false;
      set.push_back(index);
      return true;
    });
  };
  add(current, 0);
  for (std::size_t position = 0; position < text.size() && !current.empty();) {
    const char32_t character = next_character(text, position);
    ++step;
    next.clear();
    for (const std::uint32_t index : current)
      if (accepts(m_program[index], character))
        add(next, index + 1);
    std::swap(current, next);
  }
  return std::find(current.begin(), current.end(), m_program.size() - 1) != current.end();
}

}  // namespace imgopt
