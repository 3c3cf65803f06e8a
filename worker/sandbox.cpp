#include "worker/sandbox.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "worker/capabilities.hpp"
#include "worker/landlock.hpp"
#include "worker/seccomp_filter.hpp"

namespace imgopt {

namespace {

#ifdef IMGOPT_SANITIZED
constexpr bool k_sanitized = true;  // sanitizers reserve terabytes of address space
}
// The search for leaks at exit needs ptrace, which the sandbox refuses.
extern "C" const char* __asan_default_options() {
  return "detect_leaks=0";
}
namespace {
#else
constexpr bool k_sanitized = false;
#endif

// Sockets, memory files, manifests, /proc: what a worker holds at once, with room to spare.
constexpr rlim_t k_most_descriptors = 256;

std::uint32_t bit(SandboxLayer layer) {
  return static_cast<std::uint32_t>(layer);
}

Result<void> lower_limit(__rlimit_resource resource, rlim_t value, const char* name) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0)
    return fail(ErrorCode::io,
                std::string("sandbox: cannot read the limit ") + name + ": " + std::strerror(errno));
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < value)
    value = limit.rlim_max;
  limit = {value, value};
  if (::setrlimit(resource, &limit) != 0)
    return fail(ErrorCode::io,
                std::string("sandbox: cannot set the limit ") + name + ": " + std::strerror(errno));
  return {};
}

// No limit on processes: it counts all of a user's and threads too, and seccomp refuses new ones anyway.
Result<void> lower_limits(const SandboxLimits& limits) {
  IMGOPT_TRY(lower_limit(RLIMIT_CORE, 0, "RLIMIT_CORE"));
  IMGOPT_TRY(lower_limit(RLIMIT_NOFILE, k_most_descriptors, "RLIMIT_NOFILE"));
  if (limits.max_output_bytes != 0)
    IMGOPT_TRY(lower_limit(RLIMIT_FSIZE, limits.max_output_bytes, "RLIMIT_FSIZE"));
  if (limits.address_space != 0 && !k_sanitized)
    IMGOPT_TRY(lower_limit(RLIMIT_AS, limits.address_space, "RLIMIT_AS"));
  if (limits.data != 0 && !k_sanitized)
    IMGOPT_TRY(lower_limit(RLIMIT_DATA, limits.data, "RLIMIT_DATA"));
  return {};
}

}  // namespace

Result<std::uint32_t> enter_sandbox(SandboxMode mode, const SandboxLimits& limits) {
  if (mode == SandboxMode::off)
    return 0;
  std::uint32_t layers = 0;
  const auto add = [&](SandboxLayer layer, const Result<void>& entered) -> Result<void> {
    if (entered)
      layers |= bit(layer);
    else if (mode == SandboxMode::required)
      return entered;
    return {};
  };
  IMGOPT_TRY(add(SandboxLayer::rlimits, lower_limits(limits)));
  const bool no_new_privs = ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
  IMGOPT_TRY(
      add(SandboxLayer::no_new_privs,
          no_new_privs ? Result<void>() : fail(ErrorCode::io, "sandbox: no_new_privs is not available")));
  // After no_new_privs, in whose place the other layers would want one.
  IMGOPT_TRY(add(SandboxLayer::no_capabilities, drop_capabilities()));
  IMGOPT_TRY(add(SandboxLayer::landlock, forbid_all_paths()));
  // Last, since it refuses the calls that the other layers need.
  IMGOPT_TRY(add(SandboxLayer::seccomp, allow_only_computing()));
  return layers;
}

std::vector<std::string> sandbox_layer_names(std::uint32_t layers) {
  std::vector<std::string> names;
  const std::pair<SandboxLayer, const char*> k_names[] = {{SandboxLayer::no_new_privs, "no_new_privs"},
                                                          {SandboxLayer::no_capabilities, "no_capabilities"},
                                                          {SandboxLayer::seccomp, "seccomp"},
                                                          {SandboxLayer::landlock, "landlock"},
                                                          {SandboxLayer::rlimits, "rlimits"}};
  for (const auto& [layer, name] : k_names)
    if ((layers & bit(layer)) != 0)
      names.emplace_back(name);
  return names;
}

}  // namespace imgopt
