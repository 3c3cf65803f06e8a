// The worker's command line: what each of its few options runs.
#pragma once

#include <string_view>
#include <vector>

namespace imgopt {

// Exit statuses, as the tool's.
inline constexpr int k_success = 0;
inline constexpr int k_something_passed = 1;  // --try-sandbox: the sandbox has a hole
inline constexpr int k_wrong_arguments = 2;
inline constexpr int k_internal_error = 3;

// `arguments` without the program's name. Returns the exit status.
[[nodiscard]] int run_worker(const std::vector<std::string_view>& arguments);

}  // namespace imgopt
