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

namespace {

// The files of one work tree.
struct TreeFiles {
  std::string root;
  std::vector<std::size_t> indices;
  std::vector<std::string> paths;  // relative to the root
};

std::vector<TreeFiles> by_work_tree(std::span<const std::string> files) {
  std::map<std::string, std::optional<std::string>> root_of;  // by folder
  std::map<std::string, TreeFiles> trees;                     // by root
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string folder = files[i].substr(0, files[i].rfind('/'));
    auto [root, is_new] = root_of.try_emplace(folder);
    if (is_new)
      root->second = work_tree_of(folder.empty() ? "/" : folder);
    if (!root->second)
      continue;
    TreeFiles& tree = trees[*root->second];
    tree.root = *root->second;
    tree.indices.push_back(i);
    tree.paths.push_back(files[i].substr(tree.root == "/" ? 1 : tree.root.size() + 1));
  }
  std::vector<TreeFiles> list;
  list.reserve(trees.size());
  for (auto& [root, tree] : trees)
    list.push_back(std::move(tree));
  return list;
}

}  // namespace

Result<std::vector<std::optional<std::string>>> refusals(std::span<const std::string> files,
                                                         MayReplace may_replace) {
  std::vector<std::optional<std::string>> reasons(files.size());
  if (may_replace == MayReplace::any)
    return reasons;
  for (const TreeFiles& tree : by_work_tree(files)) {
    IMGOPT_ASSIGN(const WorkTreeStatus status, WorkTreeStatus::ask(tree.root, tree.paths));
    for (std::size_t f = 0; f < tree.paths.size(); ++f)
      reasons[tree.indices[f]] = refusal(status.custody_of(tree.paths[f]), may_replace);
  }
  return reasons;
}

Result<std::vector<std::size_t>> gone_from_index(std::span<const std::string> files) {
  std::vector<std::size_t> gone;
  for (const TreeFiles& tree : by_work_tree(files)) {
    IMGOPT_ASSIGN(const WorkTreeStatus status, WorkTreeStatus::ask(tree.root, tree.paths));
    for (std::size_t f = 0; f < tree.paths.size(); ++f) {
      const Custody custody = status.custody_of(tree.paths[f]);
      if (custody == Custody::committed || custody == Custody::staged)
        gone.push_back(tree.indices[f]);
    }
  }
  return gone;
}

}  // namespace imgopt
