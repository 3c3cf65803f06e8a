#include "tool/account/depfile.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

namespace imgopt {

namespace {

// Exists everywhere and hardly ever changes. "/" would not do: Ninja 1.11 makes an empty name of it.
constexpr std::string_view k_always_there = "/usr";

enum class Care : unsigned char {
  none,        // stands for itself everywhere
  backslash,   // wants a backslash in front
  dollar,      // wants to be doubled
  backslashes  // a run of them is doubled before what wants a backslash, and at the end
};

constexpr bool is_control(unsigned char byte) {
  return byte < 0x20 || byte == 0x7F;
}

constexpr std::array<Care, 256> k_care = [] {
  std::array<Care, 256> care{};
  care[' '] = care['#'] = care['|'] = Care::backslash;
  care['$'] = Care::dollar;
  care['\\'] = Care::backslashes;
  return care;
}();

constexpr std::array<bool, 256> k_is_beyond = [] {
  std::array<bool, 256> is_beyond{};
  for (std::size_t byte = 0; byte < is_beyond.size(); ++byte)
    is_beyond[byte] = is_control(static_cast<unsigned char>(byte));
  for (const char character : k_beyond_depfiles)
    is_beyond[static_cast<unsigned char>(character)] = true;
  return is_beyond;
}();

// To Make that is one, also where it is a file, and none that stands there.
bool is_archive_member(std::string_view name) {
  const std::size_t bracket = name.find('(');
  return bracket != std::string_view::npos && name.ends_with(')') && bracket + 2 < name.size();
}

// Whether one of the readers would stop at the name, or do what it says.
bool cannot_stand(std::string_view name) {
  const auto stops = [](char character) {
    return is_control(static_cast<unsigned char>(character)) || character == ':' || character == ';';
  };
  return name.empty() || std::any_of(name.begin(), name.end(), stops) || is_archive_member(name) ||
         name.ends_with(' ') || name.find("\\=") != std::string_view::npos;
}

bool is_beyond(std::string_view name) {
  return cannot_stand(name) || std::any_of(name.begin(), name.end(), [](char character) {
           return k_is_beyond[static_cast<unsigned char>(character)];
         });
}

void append_name(std::string& out, std::string_view name) {
  std::size_t backslashes = 0;  // directly before the character at hand
  for (const char character : name) {
    switch (k_care[static_cast<unsigned char>(character)]) {
      case Care::none:
        break;
      case Care::backslash:
        out.append(backslashes + 1, '\\');
        break;
      case Care::dollar:
        out.push_back('$');
        break;
      case Care::backslashes:
        ++backslashes;
        out.push_back(character);
        continue;
    }
    backslashes = 0;
    out.push_back(character);
  }
  // Behind the name comes a space, which must end it.
  out.append(backslashes, '\\');
}

}  // namespace

std::string depfile_text(std::string_view target, std::span<const std::string> prerequisites) {
  constexpr std::string_view k_next = " \\\n  ";
  std::size_t bytes = 2 * target.size() + 16;
  for (const std::string& name : prerequisites)
    bytes += name.size() + k_next.size() + 4;
  std::string out;
  out.reserve(bytes);
  append_name(out, target);
  out.push_back(':');

  // Make takes "target: NAME=VALUE" for a variable of the target, but only where that comes first.
  const auto can_be_first = [](const std::string& name) {
    return name.find('=') == std::string::npos && !cannot_stand(name);
  };
  const auto first = std::find_if(prerequisites.begin(), prerequisites.end(), can_be_first);
  out.append(k_next);
  if (first != prerequisites.end())
    append_name(out, *first);
  else
    out.append(k_always_there);
  for (auto name = prerequisites.begin(); name != prerequisites.end(); ++name) {
    if (name == first || cannot_stand(*name))
      continue;
    out.append(k_next);
    append_name(out, *name);
  }
  out.push_back('\n');
  return out;
}

std::vector<std::string> names_beyond_depfiles(std::span<const std::string> names) {
  std::vector<std::string> beyond;
  std::copy_if(names.begin(), names.end(), std::back_inserter(beyond), is_beyond);
  return beyond;
}

}  // namespace imgopt
