#include "worker/sandbox.hpp"

#include <sys/prctl.h>

namespace imgopt {

Result<std::uint32_t> enter_sandbox(SandboxMode mode, const SandboxLimits&) {
  if (mode == SandboxMode::required)
    return fail(ErrorCode::io, "the sandbox is not available");
  if (mode == SandboxMode::off || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return 0;
  return static_cast<std::uint32_t>(SandboxLayer::no_new_privs);
}

std::vector<std::string> sandbox_layer_names(std::uint32_t layers) {
  std::vector<std::string> names;
  if ((layers & static_cast<std::uint32_t>(SandboxLayer::no_new_privs)) != 0)
    names.emplace_back("no_new_privs");
  return names;
}

}  // namespace imgopt
