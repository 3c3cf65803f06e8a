// Which files must not be replaced, since git could not give their bytes back.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "tool/repository/work_tree.hpp"
#include "tool/settings/run_options.hpp"

namespace imgopt {

// Why a file may not be replaced; nothing where it may.
[[nodiscard]] std::optional<std::string> refusal(Custody custody, MayReplace may_replace);

// For each of `files` (absolute, real): why it may not be replaced, or nothing. Asks git once a work tree;
// files outside of any may be replaced. ErrorCode::io where git cannot be asked.
[[nodiscard]] Result<std::vector<std::optional<std::string>>> refusals(std::span<const std::string> files,
                                                                       MayReplace may_replace);

// Indices of those of `files` (absolute; nothing stands there) that the next commit will not hold either:
// git's index lacks them. One that is gone from the work tree alone may come back. Outside of any work tree
// there is none.
[[nodiscard]] Result<std::vector<std::size_t>> gone_from_index(std::span<const std::string> files);

}  // namespace imgopt
