#include "worker/capabilities.hpp"

#include <linux/capability.h>
#include <linux/securebits.h>
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
  // Root's programs would have them again. Fails for who has none, and is one call where dropping the
  // bounding set would be forty, each of which costs as much as all of this.
  ::prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED, 0, 0, 0);
  // The ambient set cannot hold what the permitted one lacks.
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  CapabilitySets sets{};
  if (::syscall(SYS_capset, &header, sets.data()) != 0)
    return capabilities_kept(std::strerror(errno));
  return {};
}

}  // namespace imgopt
