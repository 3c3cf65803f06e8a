// Git work trees: where one begins, and which of its files git could not give back.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace imgopt {

// The nearest folder, `folder` or above it, that holds .git. `folder` is absolute and real.
[[nodiscard]] std::optional<std::string> work_tree_of(const std::string& folder);

// Whether git was told to leave some of the tree's files out (git sparse-checkout).
[[nodiscard]] bool is_sparse(const std::string& root);

// How a file stands to git.
enum class Custody : std::uint8_t {
  committed,  // git has its bytes; or it is ignored, and git never will
  staged,     // git has its bytes in the index alone
  changed,    // it differs from the index
  untracked,
  conflicted
};

// What `git status` says of one work tree.
class WorkTreeStatus {
public:
  // Asks git once. `paths` (relative to the root) narrow the question where they are few. ErrorCode::io where
  // git cannot be run or does not answer.
  [[nodiscard]] static Result<WorkTreeStatus> ask(const std::string& root,
                                                  std::span<const std::string> paths);
  // From the output of git status --porcelain=v1 -z --no-renames.
  [[nodiscard]] static Result<WorkTreeStatus> parse(std::string_view porcelain);

  // `path` is relative to the root.
  [[nodiscard]] Custody custody_of(std::string_view path) const;

private:
  struct Entry {
    std::string path;  // with a slash at its end: a folder that git does not look into
    Custody custody = Custody::committed;
  };
  std::vector<Entry> m_entries;  // by path
};

}  // namespace imgopt
