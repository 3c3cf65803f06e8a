#include "tool/build/output_claims.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <string_view>
#include <system_error>
#include <unordered_set>

#include "base/digest.hpp"
#include "base/file.hpp"
#include "tool/state/build_state.hpp"
#include "tool/state/output_folder.hpp"
#include "tool/text/folders.hpp"
#include "tool/text/path_text.hpp"

namespace imgopt {

namespace {

// Longer than any path that the kernel takes.
constexpr std::uint64_t k_longest_path = 1u << 16;

std::string canonical_or_as_is(const std::string& path) {
  std::error_code error;
  const std::string real = std::filesystem::weakly_canonical(path, error).string();
  return error ? path : real;
}

constexpr std::size_t k_name_digits = 32;
std::string name_of(std::string_view path) {
  return sha256({reinterpret_cast<const std::uint8_t*>(path.data()), path.size()})
      .hex()
      .substr(0, k_name_digits);
}

// Temporaries that are about to get their names stand beside the claims.
bool is_name(std::string_view name) {
  return name.size() == k_name_digits && name.find('.') == std::string_view::npos;
}

std::string text_in(const std::string& path) {
  const auto bytes = read_file(path, k_longest_path);
  return bytes ? std::string(bytes->begin(), bytes->end()) : std::string();
}

Result<void> write_where_different(const std::string& path, const std::string& text) {
  if (text_in(path) == text)
    return {};
  IMGOPT_TRY(make_folders(std::string(parent_of(path)), 0700));
  return write_file(path, text);
}

// Where sources really are, and so what lies below them, without a look at each of it.
class RealPaths {
public:
  explicit RealPaths(std::span<const std::string> sources) {
    for (const std::string& source : sources)
      if (auto whole = absolute_path(source)) {
        std::string real = canonical_or_as_is(*whole);
        m_roots.push_back({std::move(*whole), std::move(real)});
      }
  }

  // `path` is absolute. One that is below no source is given back.
  [[nodiscard]] std::string of(const std::string& path) const {
    for (const Root& root : m_roots)
      if (path.starts_with(root.spelled) &&
          (path.size() == root.spelled.size() || path[root.spelled.size()] == '/'))
        return root.real + path.substr(root.spelled.size());
    return path;
  }

  [[nodiscard]] bool is_source(const std::string& real) const {
    return std::any_of(m_roots.begin(), m_roots.end(), [&](const Root& root) { return root.real == real; });
  }

private:
  struct Root {
    std::string spelled;  // absolute
    std::string real;
  };
  std::vector<Root> m_roots;
};

// As absolute_path(), but quick for what has nothing to be taken out, as most have.
std::string plain_path(const std::string& absolute) {
  const bool is_plain = absolute.find("/.") == std::string::npos && absolute.find("//") == std::string::npos;
  return is_plain ? absolute : absolute_path(absolute).value_or(absolute);
}

// What the system says names the path already, what a reader says does not.
std::string unreadable(const std::string& state, const Error& error) {
  return error.code == ErrorCode::corrupt ? state + ": " + error.message : error.message;
}

}  // namespace

std::optional<OutputClaims> OutputClaims::of_build(const std::string& out, const std::string& state) {
  const auto folder = state_folder();
  return folder ? std::optional(OutputClaims(*folder + "/claims", out, state)) : std::nullopt;
}

OutputClaims::OutputClaims(std::string registry, const std::string& out, const std::string& state)
    : m_registry(std::move(registry)), m_out(canonical_or_as_is(out)), m_state(canonical_or_as_is(state)) {}

Result<void> OutputClaims::enter() const {
  // Our folder first: a claim counts only where both agree.
  IMGOPT_TRY(write_where_different(m_registry + "/by-state/" + name_of(m_state), m_out));
  return write_where_different(m_registry + "/by-folder/" + name_of(m_out) + "/" + name_of(m_state), m_state);
}

// The claims of other states on one output folder. Those that are void are removed.
std::vector<OutputClaims::Claim> OutputClaims::claims_on(const std::string& folder) const {
  std::vector<Claim> claims;
  const std::string entries = m_registry + "/by-folder/" + name_of(folder);
  for (const std::string& name : names_in(entries)) {
    if (!is_name(name))
      continue;
    const std::string state = text_in(entries + "/" + name);
    if (state == m_state)
      continue;
    const auto standing = stat_file(state);
    const bool is_gone = standing && !*standing;
    if (is_gone || text_in(m_registry + "/by-state/" + name) != folder) {
      static_cast<void>(remove_file(entries + "/" + name));
      continue;
    }
    claims.push_back({state, folder});
  }
  return claims;
}

// Every folder whose builds might write a path of ours: ours, those above it, and those of our outputs.
std::vector<std::string> OutputClaims::folders_of(std::span<const SourceWork> works) const {
  std::set<std::string> folders;
  for (std::string_view above = m_out; !above.empty(); above = parent_of(above))
    folders.emplace(above);
  folders.emplace("/");
  std::unordered_set<std::string_view> below;
  for (const SourceWork& work : works)
    for (const OutputWork& output : work.outputs)
      for (const std::string_view path : possible_paths(output))
        for (std::string_view folder = parent_of(path); !folder.empty() && below.insert(folder).second;
             folder = parent_of(folder))
          folders.emplace(m_out + "/" + std::string(folder));
  return {folders.begin(), folders.end()};
}

LeftOut OutputClaims::leave_out_outputs(ScanResult& scan, std::span<const std::string> sources) const {
  LeftOut left_out;
  const std::vector<std::string> claimed = names_in(m_registry + "/by-folder");
  if (claimed.empty())
    return left_out;
  const std::unordered_set<std::string_view> names(claimed.begin(), claimed.end());
  const RealPaths real(sources);
  std::unordered_set<std::string> outputs;
  for (const std::string& folder : scan.folders) {
    const std::string place = real.of(plain_path(folder));
    if (real.is_source(place) || !names.contains(name_of(place)))
      continue;
    for (const Claim& claim : claims_on(place)) {
      const auto state = BuildState::load(claim.state);
      if (!state)
        left_out.warnings.push_back(unreadable(claim.state, state.error()) +
                                    ": what the build that it belongs to made in " + claim.out +
                                    " is taken for sources");
      if (!state || !*state)
        continue;
      for (const StateOutput& output : (*state)->outputs())
        if (!has(output.flags, OutputFlag::missing))
          outputs.insert(claim.out + "/" + std::string((*state)->text(output.path)));
    }
  }
  if (!outputs.empty())
    left_out.files = std::erase_if(scan.files, [&](const ScannedFile& file) {
      if (file.named_by == NamedBy::itself)
        return false;
      const auto path = absolute_path(scan.path_of(file));
      return path && outputs.contains(real.of(*path));
    });
  return left_out;
}

Result<void> OutputClaims::check(std::span<const SourceWork> works) const {
  if (works.empty() || !stat_file(m_registry + "/by-folder"))
    return {};
  std::unordered_set<std::string> wanted;  // absolute; filled when somebody else's claim is met
  for (const std::string& folder : folders_of(works)) {
    for (const Claim& claim : claims_on(folder)) {
      const auto state = BuildState::load(claim.state);
      if (!state || !*state)
        continue;
      if (wanted.empty())
        for (const SourceWork& work : works)
          for (const OutputWork& output : work.outputs)
            for (const std::string_view path : possible_paths(output))
              wanted.insert(m_out + "/" + std::string(path));
      for (const StateOutput& output : (*state)->outputs()) {
        if (has(output.flags, OutputFlag::missing))
          continue;
        const std::string path = claim.out + "/" + std::string((*state)->text(output.path));
        if (wanted.contains(path))
          return fail(ErrorCode::invalid_config,
                      path + ": it belongs to another build, whose state is " + claim.state +
                          ": give one of them another --out, or that state if they are one build, or remove "
                          "that state if its build is no more");
      }
    }
  }
  return {};
}

}  // namespace imgopt
