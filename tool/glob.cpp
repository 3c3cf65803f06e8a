#include "tool/glob.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>

#include "tool/glob_character.hpp"

namespace imgopt {

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
