#include "tool/repository/uncommitted.hpp"

#include <map>

namespace imgopt {

std::optional<std::string> refusal(Custody custody, MayReplace may_replace) {
  if (may_replace == MayReplace::any)
    return std::nullopt;
  const bool takes_staged = may_replace == MayReplace::staged;
  switch (custody) {
    case Custody::committed:
      return std::nullopt;
    case Custody::staged:
      if (takes_staged)
        return std::nullopt;
      return "it has staged changes: commit it first, or add --staged or --force";
    case Custody::changed:
      return takes_staged ? "it was changed after it was staged: git add it again"
                          : "it has changes that are not committed: commit it first, or add --force";
    case Custody::untracked:
      return takes_staged
                 ? "it is not staged: git add it"
                 : "it is not committed, so nobody could bring its original back: commit it first, or add "
                   "--force";
    case Custody::conflicted:
      return "it is part of a merge conflict: resolve that first";
  }
  return std::nullopt;
}

Result<std::vector<std::optional<std::string>>> refusals(std::span<const std::string> files,
                                                         MayReplace may_replace) {
  std::vector<std::optional<std::string>> reasons(files.size());
  if (may_replace == MayReplace::any)
    return reasons;
  std::map<std::string, std::optional<std::string>> root_of;  // by folder
  std::map<std::string, std::vector<std::size_t>> files_of;   // by root
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string folder = files[i].substr(0, files[i].rfind('/'));
    auto [root, is_new] = root_of.try_emplace(folder);
    if (is_new)
      root->second = work_tree_of(folder.empty() ? "/" : folder);
    if (root->second)
      files_of[*root->second].push_back(i);
  }
  for (const auto& [root, members] : files_of) {
    std::vector<std::string> paths;
    for (const std::size_t i : members)
      paths.push_back(files[i].substr(root == "/" ? 1 : root.size() + 1));
    IMGOPT_ASSIGN(const WorkTreeStatus status, WorkTreeStatus::ask(root, paths));
    for (std::size_t m = 0; m < members.size(); ++m)
      reasons[members[m]] = refusal(status.custody_of(paths[m]), may_replace);
  }
  return reasons;
}

}  // namespace imgopt
