// Reads a report of an earlier run back into explanations: what that run did, and why.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "tool/account/explanation.hpp"

namespace imgopt {

// `text` is a report's JSON. A path means what stands there or below it, relative to the current folder;
// where nothing of the report does (it is of another machine, or says no places), names are compared with the
// ends of the path by whole components. Without paths everything is told. Fails with invalid_argument where
// the text is no report, or a path is not in it.
[[nodiscard]] Result<std::vector<Explanation>> explanations_in_report(const std::string& text,
                                                                      std::span<const std::string> paths);

}  // namespace imgopt
