#include "worker/landlock.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/file.hpp"

namespace imgopt {

namespace {

// The kernel's interface (include/uapi/linux/landlock.h), spelled out because the build machine's headers may
// be older than the running kernel. System call numbers are the same on every architecture.
constexpr long k_create_ruleset = 444;
constexpr long k_restrict_self = 446;
constexpr std::uint32_t k_create_version = 1;

struct RulesetAttributes {
  std::uint64_t handled_access_fs = 0;
  std::uint64_t handled_access_net = 0;  // ABI 4
  std::uint64_t scoped = 0;              // ABI 6
};

// How many file-system rights each ABI version knows, from version 1 on: they are the lowest bits.
constexpr std::array<int, 7> k_file_rights = {13, 14, 15, 15, 16, 16, 16};

RulesetAttributes everything(int version) {
  const std::size_t known = std::min<std::size_t>(static_cast<std::size_t>(version), k_file_rights.size());
  RulesetAttributes attributes;
  attributes.handled_access_fs = (std::uint64_t{1} << k_file_rights[known - 1]) - 1;
  attributes.handled_access_net = version >= 4 ? 3 : 0;  // bind and connect
  attributes.scoped = version >= 6 ? 3 : 0;              // abstract sockets and signals
  return attributes;
}

// The kernel refuses a structure longer than it knows unless the rest is zero; it is cut to be sure.
std::size_t attribute_bytes(int version) {
  return version >= 6 ? 24 : version >= 4 ? 16 : 8;
}

tl::unexpected<Error> unavailable(const char* operation) {
  return fail(ErrorCode::io, std::string("sandbox: Landlock: ") + operation + ": " + std::strerror(errno));
}

}  // namespace

Result<void> forbid_all_paths() {
  const long version = ::syscall(k_create_ruleset, nullptr, 0, k_create_version);
  if (version < 1)
    return unavailable("not offered by this kernel");
  const RulesetAttributes attributes = everything(static_cast<int>(version));
  const Descriptor ruleset(static_cast<int>(
      ::syscall(k_create_ruleset, &attributes, attribute_bytes(static_cast<int>(version)), 0)));
  if (!ruleset.is_open())
    return unavailable("cannot create a rule set");
  if (::syscall(k_restrict_self, ruleset.get(), 0) != 0)
    return unavailable("cannot restrict this thread");
  return {};
}

}  // namespace imgopt
