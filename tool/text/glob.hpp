// Glob patterns over '/'-separated names, as include and exclude lists and ignore files use them.
//
// `*` and `?` stay within one component, `**` as a whole component crosses them, `[a-z]` and `[!x]` are sets
// (with
// `[:alpha:]` and its like), `{a,b}` are alternatives, a backslash takes the next character as itself. A
// pattern without '/' matches the last component at any depth; a leading '/' (or `./`) ties it to the top; a
// trailing '/' means all that is below a folder. `?` and sets match one UTF-8 character, or one byte where
// the name is not UTF-8. Matching takes at most (length of pattern) x (length of name) steps, whatever the
// pattern.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace imgopt {

// Whether `{a,b}` stands for alternatives or, as in ignore files, for itself.
enum class Braces { alternatives, literal };

// One parsed pattern. A value; const use is thread-safe.
class Glob {
public:
  // Fails with invalid_config, naming the pattern and what is wrong with it.
  [[nodiscard]] static Result<Glob> parse(std::string_view pattern, Braces braces = Braces::alternatives);

  // `path`: relative, '/'-separated, without `.`, `..` or empty components.
  [[nodiscard]] bool matches(std::string_view path) const;
  // Whether the folder itself or, by a pattern such as `build/**`, all that is below it matches.
  [[nodiscard]] bool matches_folder(std::string_view path) const;

  [[nodiscard]] const std::string& pattern() const { return m_pattern; }

private:
  friend class GlobCompiler;

  enum class Scope : std::uint8_t { last_component, whole_path };
  // The two shapes that most patterns have need no automaton.
  enum class Shape : std::uint8_t { literal, one_star, open_end, general };
  enum class Operation : std::uint8_t { character, any_in_component, any, set, split, jump, accept };
  // `value` is a character, an index into m_sets, or the second target; `target` the first.
  struct Instruction {
    Operation operation;
    std::uint32_t value = 0;
    std::uint32_t target = 0;
  };
  using Range = std::pair<char32_t, char32_t>;
  struct CharacterSet {
    std::vector<Range> ranges;
    enum class Sense : std::uint8_t { listed, not_listed } sense = Sense::listed;
    [[nodiscard]] bool contains(char32_t character) const;
  };

  Glob() = default;
  [[nodiscard]] bool matches_text(std::string_view text) const;
  [[nodiscard]] bool accepts(const Instruction& instruction, char32_t character) const;
  // Calls `reach` with every instruction reached from `start` without a character; it says whether it was
  // new.
  template <typename Reach>
  void follow(std::uint32_t start, std::vector<std::uint32_t>& pending, Reach&& reach) const;
  // Fills m_start and m_after where the program has at most 64 instructions.
  void close_small_program();
  [[nodiscard]] bool run(std::string_view text) const;
  [[nodiscard]] bool run_small(std::string_view text) const;

  std::string m_pattern;
  std::string m_prefix;  // every match begins and ends with these
  std::string m_suffix;
  Scope m_scope = Scope::whole_path;
  Shape m_shape = Shape::general;
  std::vector<Instruction> m_program;
  std::vector<CharacterSet> m_sets;
  // Sets of instructions as bits: those reached before the first character, and after each instruction's.
  std::uint64_t m_start = 0;
  std::vector<std::uint64_t> m_after;
};

}  // namespace imgopt
