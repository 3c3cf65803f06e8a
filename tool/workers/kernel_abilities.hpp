// What kernel and file system offer of what ImgOpt makes use of, found out by trying.
#pragma once

#include <string>

namespace imgopt {

enum class Ability { missing, present };

struct KernelAbilities {
  Ability sealed_memory = Ability::missing;        // memfd_create with seals: how sources reach the workers
  Ability process_descriptors = Ability::missing;  // pidfd_open: how the end of a worker is noticed
  Ability confined_open = Ability::missing;        // openat2: opens that cannot leave a folder
};
[[nodiscard]] KernelAbilities try_kernel();

// How outputs can leave a cache in `folder` for the same file system.
struct CopyAbilities {
  Ability writable = Ability::missing;    // a file can be made there
  Ability reflink = Ability::missing;     // copies that share their blocks (btrfs, XFS, bcachefs)
  Ability copy_range = Ability::missing;  // copy_file_range: copies inside the kernel
};
// Uses two files without names, so nothing is left behind whatever happens. Where nothing stands at `folder`,
// the nearest folder above it is tried.
[[nodiscard]] CopyAbilities try_copies(const std::string& folder);

// `folder`, or the nearest existing one above it.
[[nodiscard]] std::string nearest_folder(std::string folder);

}  // namespace imgopt
