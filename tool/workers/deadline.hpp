// How long a record may run: CPU time by pixels, format and effort, with a wall-clock backstop.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>

#include "protocol/output_settings.hpp"

namespace imgopt {

// Rough cost of making one output from `pixels` source pixels, in microseconds of CPU on a slow core. Used to
// order records (costliest first) and, many times over, as deadline.
[[nodiscard]] std::uint64_t estimated_cost_us(const OutputSettings& settings, std::uint64_t pixels);

// The wall clock may run this many times the CPU deadline: a machine under load is no fault of the image's.
inline constexpr int k_wall_factor = 10;

// `base` plus a generous multiple of the outputs' estimated cost.
[[nodiscard]] std::chrono::microseconds cpu_deadline(std::chrono::milliseconds base,
                                                     std::uint64_t estimated_us);

}  // namespace imgopt
