// The sandbox of a worker: what a decoder that was taken over can still do is compute and write its answer.
//
// Entered after libvips and all codec modules are loaded and before the first pixel, while the process has
// one thread: Landlock and the loss of capabilities bind the calling thread and those it starts later.
// Descriptors that are open stay usable.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "protocol/dispatch.hpp"

namespace imgopt {

struct SandboxLimits {
  std::uint64_t address_space = 0;     // bytes of RLIMIT_AS; 0: none
  std::uint64_t max_output_bytes = 0;  // RLIMIT_FSIZE; 0: none
  std::uint64_t data = 0;              // RLIMIT_DATA; 0: none, or the tool sets it from outside
};

// Returns the SandboxLayer bits that are active. With SandboxMode::on a layer that the kernel does not offer
// is left out; with `required` it is an error (ErrorCode::io). With `off` nothing is done.
[[nodiscard]] Result<std::uint32_t> enter_sandbox(SandboxMode mode, const SandboxLimits& limits);

// "no_new_privs", "no_capabilities", "seccomp", "landlock", "rlimits": for people.
[[nodiscard]] std::vector<std::string> sandbox_layer_names(std::uint32_t layers);

}  // namespace imgopt
