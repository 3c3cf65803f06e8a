#include "tool/workers/kernel_abilities.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "base/file.hpp"
#include "base/mapped_memory.hpp"

namespace imgopt {

namespace {

constexpr Ability present_if(bool condition) {
  return condition ? Ability::present : Ability::missing;
}

Ability try_sealed_memory() {
  const auto file = create_memory_file("imgopt-trial");
  if (!file)
    return Ability::missing;
  constexpr std::array<std::uint8_t, 1> k_byte = {1};
  if (!write_descriptor(file->get(), k_byte, "memory") || !seal_against_changes(file->get()))
    return Ability::missing;
  return present_if(is_sealed_against_changes(file->get()));
}

Ability try_confined_open() {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH;
  const Descriptor opened(static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof(how))));
  return present_if(opened.is_open());
}

Descriptor nameless_file(const std::string& folder) {
  return Descriptor(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
}

}  // namespace

KernelAbilities try_kernel() {
  KernelAbilities abilities;
  abilities.sealed_memory = try_sealed_memory();
  const Descriptor self(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0u)));
  abilities.process_descriptors = present_if(self.is_open());
  abilities.confined_open = try_confined_open();
  return abilities;
}

CopyAbilities try_copies(const std::string& folder) {
  CopyAbilities abilities;
  const std::string place = nearest_folder(folder);
  const Descriptor source = nameless_file(place);
  const Descriptor target = nameless_file(place);
  if (!source.is_open() || !target.is_open()) {
    // Not every file system has files without names.
    abilities.writable = present_if(::access(place.c_str(), W_OK | X_OK) == 0);
    return abilities;
  }
  // A block or more: less may be kept beside the metadata, where it cannot be shared.
  constexpr std::array<std::uint8_t, 65536> k_content{};
  if (!write_descriptor(source.get(), k_content, place))
    return abilities;
  abilities.writable = Ability::present;
  abilities.reflink = present_if(::ioctl(target.get(), FICLONE, source.get()) == 0);
  off64_t from = 0;
  off64_t to = 0;
  abilities.copy_range =
      present_if(::copy_file_range(source.get(), &from, target.get(), &to, k_content.size(), 0) > 0);
  return abilities;
}

std::string nearest_folder(std::string folder) {
  for (;;) {
    if (folder.empty())
      return ".";
    const auto status = stat_file(folder);
    if (status && *status && (*status)->type == FileType::folder)
      return folder;
    const std::size_t slash = folder.find_last_of('/');
    if (slash == std::string::npos)
      return ".";
    folder.resize(slash == 0 && folder.size() > 1 ? 1 : slash);
  }
}

}  // namespace imgopt
