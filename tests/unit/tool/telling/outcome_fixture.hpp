// A small run to tell of: one image encoded and kept, one failed, one skipped.
#pragma once

#include "tool/plan/outcome.hpp"

namespace imgopt {

[[nodiscard]] RunOutcome small_run();

// `images` sources, all of whose `outputs_each` outputs are up to date.
[[nodiscard]] RunOutcome quiet_run(std::size_t images, std::size_t outputs_each);

}  // namespace imgopt
