#include "tool/text/output_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tool/text/suggest.hpp"

namespace imgopt {

namespace {

constexpr std::size_t k_longest_component = 255;  // bytes; NAME_MAX of the common file systems

constexpr std::array<std::string_view, 4> k_placeholders = {"stem", "ext", "width", "format"};

// A pattern in pieces: calls text(piece) and placeholder(name) in order; false where braces do not pair up.
template <typename Text, typename Placeholder>
bool walk_pattern(std::string_view pattern, Text&& text, Placeholder&& placeholder) {
  while (!pattern.empty()) {
    const std::size_t open = pattern.find_first_of("{}");
    text(pattern.substr(0, open));
    if (open == std::string_view::npos)
      return true;
    const std::size_t close = pattern.find_first_of("{}", open + 1);
    if (pattern[open] == '}' || close == std::string_view::npos || pattern[close] == '{')
      return false;
    placeholder(pattern.substr(open + 1, close - open - 1));
    pattern.remove_prefix(close + 1);
  }
  return true;
}

char fold(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_folded(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return fold(x) == fold(y); });
}

// Device names of Windows, which no file there can have, whatever its extension. Source: Microsoft, "Naming
// Files, Paths, and Namespaces".
bool is_device_name(std::string_view component) {
  std::string_view stem = component.substr(0, component.find('.'));
  while (stem.ends_with(' '))
    stem.remove_suffix(1);
  static constexpr std::array<std::string_view, 6> k_names = {"con", "prn",    "aux",
                                                              "nul", "conin$", "conout$"};
  if (std::any_of(k_names.begin(), k_names.end(),
                  [&](std::string_view name) { return equal_folded(stem, name); }))
    return true;
  return stem.size() == 4 &&
         (equal_folded(stem.substr(0, 3), "com") || equal_folded(stem.substr(0, 3), "lpt")) &&
         stem[3] >= '0' && stem[3] <= '9';
}

Result<void> check_component(std::string_view component) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::invalid_argument, fmt::format("\"{}\" {}", component, why));
  };
  if (component.empty())
    return fail(ErrorCode::invalid_argument, "the name has an empty component");
  if (component == "." || component == "..")
    return refuse("is no name of a file or folder");
  if (component.size() > k_longest_component)
    return fail(ErrorCode::invalid_argument,
                fmt::format("a component has {} bytes, and file systems allow {}", component.size(),
                            k_longest_component));
  if (component.ends_with('.') || component.ends_with(' '))
    return refuse("ends in a dot or a space, which Windows drops");
  if (is_device_name(component))
    return refuse("is the name of a device on Windows");
  return {};
}

// FNV-1a over the folded bytes.
constexpr std::uint64_t k_fnv_basis = 0xcbf29ce484222325ULL;
std::uint64_t add_folded(std::uint64_t hash, char c) {
  return (hash ^ static_cast<unsigned char>(fold(c))) * 0x100000001b3ULL;
}

struct HashedName {
  std::uint64_t hash = 0;
  std::size_t index = 0;
};

bool less_folded(std::string_view a, std::string_view b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return static_cast<unsigned char>(fold(x)) < static_cast<unsigned char>(fold(y));
  });
}

// Orders names that are equal but for case together, the earlier first.
class ByFoldedName {
public:
  explicit ByFoldedName(std::span<const PlannedName> names) : m_names(names) {}
  bool operator()(const HashedName& a, const HashedName& b) const {
    if (a.hash != b.hash)
      return a.hash < b.hash;
    if (less_folded(m_names[a.index].path, m_names[b.index].path))
      return true;
    if (less_folded(m_names[b.index].path, m_names[a.index].path))
      return false;
    return a.index < b.index;
  }

private:
  std::span<const PlannedName> m_names;
};

}  // namespace

Result<void> check_name_pattern(std::string_view pattern) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::invalid_argument, fmt::format("expected a name such as {}, not \"{}\": {}",
                                                         k_width_name_pattern, pattern, why));
  };
  std::string sample;
  std::string unknown;
  const bool paired = walk_pattern(
      pattern, [&](std::string_view text) { sample += text; },
      [&](std::string_view name) {
        sample += 'x';
        if (unknown.empty() &&
            std::find(k_placeholders.begin(), k_placeholders.end(), name) == k_placeholders.end())
          unknown = fmt::format("{{{}}} is none of {{stem}}, {{ext}}, {{width}}, {{format}}{}", name,
                                suggestion(name, k_placeholders));
      });
  if (!paired)
    return refuse("its braces do not pair up");
  if (!unknown.empty())
    return refuse(unknown);
  if (const auto checked = check_output_name(sample); !checked)
    return refuse(checked.error().message);
  return {};
}

bool uses_width(std::string_view pattern) {
  return pattern.find("{width}") != std::string_view::npos;
}

std::string expand_name(std::string_view pattern, const NameParts& parts) {
  std::string name;
  walk_pattern(
      pattern, [&](std::string_view text) { name += text; },
      [&](std::string_view placeholder) {
        if (placeholder == "stem") {
          name += parts.stem;
        } else if (placeholder == "format") {
          name += parts.format;
        } else if (placeholder == "width") {
          if (parts.width)
            name += std::to_string(*parts.width);
        } else if (!parts.ext.empty()) {
          name += parts.ext;
        } else if (name.ends_with('.')) {
          name.pop_back();
        }
      });
  return name;
}

Result<void> check_output_name(std::string_view path) {
  if (path.empty())
    return fail(ErrorCode::invalid_argument, "the name is empty");
  if (path.starts_with('/'))
    return fail(ErrorCode::invalid_argument, "the name is absolute");
  if (path.size() > k_longest_output_path)
    return fail(ErrorCode::invalid_argument,
                fmt::format("the name has {} bytes, more than {}", path.size(), k_longest_output_path));
  if (std::any_of(path.begin(), path.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; }))
    return fail(ErrorCode::invalid_argument, "the name has a control character, such as a line break");
  for (;;) {
    const std::size_t slash = path.find('/');
    IMGOPT_TRY(check_component(path.substr(0, slash)));
    if (slash == std::string_view::npos)
      return {};
    path.remove_prefix(slash + 1);
  }
}

std::vector<Collision> find_collisions(std::span<const PlannedName> names) {
  std::vector<HashedName> files;
  std::vector<HashedName> folders;  // the index is of a name that needs it
  files.reserve(names.size());
  std::string_view last_folder;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string_view path = names[i].path;
    const std::size_t slash = path.rfind('/');
    const std::string_view folder = path.substr(0, slash == std::string_view::npos ? 0 : slash);
    const bool new_folder = folder != last_folder;  // names come sorted, so mostly it is the last one's
    last_folder = folder;
    std::uint64_t hash = k_fnv_basis;
    for (const char c : path) {
      if (c == '/' && new_folder)
        folders.push_back({hash, i});
      hash = add_folded(hash, c);
    }
    files.push_back({hash, i});
  }
  std::sort(files.begin(), files.end(), ByFoldedName(names));

  std::vector<Collision> collisions;
  for (std::size_t first = 0, next = 1; next < files.size(); ++next) {
    const std::string_view path = names[files[next].index].path;
    if (files[first].hash != files[next].hash || !equal_folded(names[files[first].index].path, path)) {
      first = next;
      continue;
    }
    // Where one of the earlier ones has the very path, that is the one to name.
    std::size_t same = first;
    while (same < next && names[files[same].index].path != path)
      ++same;
    collisions.push_back({files[same < next ? same : first].index, files[next].index,
                          same < next ? CollisionKind::same_path : CollisionKind::same_folded});
  }

  const auto by_hash = [](const HashedName& a, const HashedName& b) { return a.hash < b.hash; };
  for (const HashedName& folder : folders) {
    const auto [begin, end] = std::equal_range(files.begin(), files.end(), folder, by_hash);
    const std::string_view below = names[folder.index].path;
    const auto file = std::find_if(begin, end, [&](const HashedName& candidate) {
      const std::string_view path = names[candidate.index].path;
      return path.size() < below.size() && below[path.size()] == '/' &&
             equal_folded(path, below.substr(0, path.size()));
    });
    if (file != end)
      collisions.push_back({file->index, folder.index, CollisionKind::folder});
  }
  std::stable_sort(collisions.begin(), collisions.end(),
                   [](const Collision& a, const Collision& b) { return a.second < b.second; });
  return collisions;
}

std::string collision_text(CollisionKind kind, const PlannedName& first, const PlannedName& second) {
  std::string text;
  switch (kind) {
    case CollisionKind::same_path:
      text = fmt::format("its output {} is also the output of {}", second.path, first.source);
      break;
    case CollisionKind::same_folded:
      text = fmt::format("its output {} differs only in case from {} of {}", second.path, first.path,
                         first.source);
      break;
    case CollisionKind::folder:
      text = fmt::format("its output {} needs a folder where {} puts the file {}", second.path, first.source,
                         first.path);
      break;
  }
  return text.append(": rename one of them, or leave one out with --exclude");
}

}  // namespace imgopt
