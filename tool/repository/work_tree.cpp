#include "tool/repository/work_tree.hpp"

#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <filesystem>

#include "base/child_process.hpp"
#include "base/file.hpp"

namespace imgopt {

namespace {

// Beyond so many paths git is asked for the whole tree: a command line has an end.
constexpr std::size_t k_most_paths = 200;
constexpr std::size_t k_most_bytes = std::size_t{1} << 30;

std::optional<std::string> find_program(std::string_view name) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "/usr/bin:/bin" : path;
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    const std::string_view folder = rest.substr(0, colon);
    rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
    const std::string program = std::string(folder) + "/" + std::string(name);
    if (folder.starts_with('/') && ::access(program.c_str(), X_OK) == 0)
      return program;
  }
  return std::nullopt;
}

Custody custody_from(char index, char tree) {
  if (index == '?')
    return Custody::untracked;
  if (index == '!')
    return Custody::committed;
  if (index == 'U' || tree == 'U' || (index == tree && (index == 'A' || index == 'D')))
    return Custody::conflicted;
  if (tree != ' ')
    return Custody::changed;
  return index == ' ' ? Custody::committed : Custody::staged;
}

}  // namespace

std::optional<std::string> work_tree_of(const std::string& folder) {
  std::error_code ignored;
  for (std::filesystem::path at = folder;; at = at.parent_path()) {
    if (std::filesystem::exists(at / ".git", ignored))
      return at.string();
    if (!at.has_relative_path())
      return std::nullopt;
  }
}

bool is_sparse(const std::string& root) {
  std::error_code ignored;
  const std::filesystem::path git = std::filesystem::path(root) / ".git";
  if (std::filesystem::is_directory(git, ignored))
    return std::filesystem::exists(git / "info/sparse-checkout", ignored);
  // Of a linked work tree or a submodule: a file that says where its git folder is.
  constexpr std::string_view k_begin = "gitdir: ";
  auto text = read_text_file(git.string(), k_begin.size() + PATH_MAX);
  if (!text || !text->starts_with(k_begin))
    return false;
  while (text->ends_with('\n') || text->ends_with('\r'))
    text->pop_back();
  const std::filesystem::path folder = std::filesystem::path(root) / text->substr(k_begin.size());
  return std::filesystem::exists(folder / "info/sparse-checkout", ignored);
}

Result<WorkTreeStatus> WorkTreeStatus::ask(const std::string& root, std::span<const std::string> paths) {
  const auto git = find_program("git");
  if (!git)
    return fail(ErrorCode::io, root + ": cannot ask git what is committed: there is no git in PATH");
  ChildSetup setup;
  setup.program = *git;
  // No lock is taken on the index, so that hooks may run side by side; no program that the work tree names is
  // started.
  setup.arguments = {"--no-optional-locks",
                     "--literal-pathspecs",
                     "-c",
                     "core.fsmonitor=false",
                     "-C",
                     root,
                     "status",
                     "--porcelain=v1",
                     "-z",
                     "--no-renames",
                     "--untracked-files=normal",
                     "--ignore-submodules=all"};
  if (paths.size() <= k_most_paths) {
    setup.arguments.emplace_back("--");
    setup.arguments.insert(setup.arguments.end(), paths.begin(), paths.end());
  }
  for (char** variable = environ; *variable != nullptr; ++variable)
    setup.environment.emplace_back(*variable);
  IMGOPT_ASSIGN(const ProgramOutput output, run_program(setup, k_most_bytes));
  if (!output.status.is_success())
    return fail(ErrorCode::io, root + ": cannot ask git what is committed: git status ended with " +
                                   output.status.describe());
  return parse(output.standard_output);
}

Result<WorkTreeStatus> WorkTreeStatus::parse(std::string_view porcelain) {
  WorkTreeStatus status;
  while (!porcelain.empty()) {
    const std::size_t end = porcelain.find('\0');
    if (end == std::string_view::npos || end < 4 || porcelain[2] != ' ')
      return fail(ErrorCode::io, "git status said something that is not understood");
    status.m_entries.push_back(
        {std::string(porcelain.substr(3, end - 3)), custody_from(porcelain[0], porcelain[1])});
    porcelain.remove_prefix(end + 1);
  }
  std::sort(status.m_entries.begin(), status.m_entries.end(),
            [](const Entry& a, const Entry& b) { return a.path < b.path; });
  return status;
}

Custody WorkTreeStatus::custody_of(std::string_view path) const {
  const auto find = [&](std::string_view wanted) -> const Entry* {
    const auto found =
        std::lower_bound(m_entries.begin(), m_entries.end(), wanted,
                         [](const Entry& entry, std::string_view p) { return entry.path < p; });
    return found == m_entries.end() || found->path != wanted ? nullptr : &*found;
  };
  if (const Entry* entry = find(path))
    return entry->custody;
  for (std::size_t slash = path.rfind('/'); slash != std::string_view::npos && slash > 0;
       slash = path.rfind('/', slash - 1))
    if (const Entry* folder = find(path.substr(0, slash + 1)))
      return folder->custody;
  return Custody::committed;
}

}  // namespace imgopt
