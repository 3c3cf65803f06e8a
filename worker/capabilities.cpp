#include "worker/capabilities.hpp"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace imgopt {

namespace {

// By system call, since libc has no function for it. Lower and upper half of each set.
using CapabilitySets = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

tl::unexpected<Error> capabilities_kept(const char* why) {
  return fail(ErrorCode::io, std::string("sandbox: capabilities are kept: ") + why);
}

}  // namespace

Result<void> drop_capabilities() {
  // Both fail for who has none, and are of use only to who runs a program. The kernel may know more than the
  // headers do.
  constexpr int k_most_capabilities = 64;
  for (int capability = 0; capability < k_most_capabilities; ++capability)
    ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  CapabilitySets sets{};
  if (::syscall(SYS_capset, &header, sets.data()) != 0)
    return capabilities_kept(std::strerror(errno));
  return {};
}

}  // namespace imgopt
