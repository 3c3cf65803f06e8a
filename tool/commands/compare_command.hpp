// `imgopt compare A B`: how two images differ. The worker decodes them, in its sandbox; the tool hands over
// the two open files and prints the answer.
//
// Images are compared as they are shown: orientation applied, in one colour space, hidden colour under full
// transparency left out (but told of). Identical are images of the same size and number of frames whose
// pixels are then all equal.
#pragma once

#include "base/result.hpp"
#include "tool/settings/command_line.hpp"

namespace imgopt {

// Prints to standard output, with --json:
//   {"schema": 1, "identical": bool, "psnr": dB | null, "ssimulacra2": score | null, "hidden_colour_differs":
//   bool,
//    "a": {"width", "height", "frames"}, "b": {...}}
// `psnr` is null where it is infinite (identical) or, with `ssimulacra2`, where sizes or frames differ. Of an
// animation `ssimulacra2` is that of the worst frame.
// Returns 0 for identical images, 1 for different ones. What cannot be read, decoded or afforded is
// ErrorCode::io, another number of arguments than two invalid_argument.
[[nodiscard]] Result<int> run_compare_command(const CommandLine& command_line);

}  // namespace imgopt
