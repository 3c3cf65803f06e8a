// `imgopt-worker --compare`: the worker's side of `imgopt compare`.
#pragma once

#include <span>
#include <string_view>

namespace imgopt {

// Where the two files stand, open for reading.
inline constexpr int k_compared_a = 3;
inline constexpr int k_compared_b = 4;

// `options` are those behind --compare: --max-pixels=N, --cpu-seconds=N, --sandbox=on|off|required, each
// optional. Prints one JSON object to standard output: what compare_images() found, or {"failed": "a" | "b" |
// "both", "error": TEXT}. The files are read, then the sandbox is entered, then they are decoded. Returns the
// exit status: 0 with an answer, 1 with an error, 2 for wrong options.
[[nodiscard]] int run_compare(std::span<const std::string_view> options);

}  // namespace imgopt
