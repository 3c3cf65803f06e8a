// Unnamed files: files that have no name until their content is whole (O_TMPFILE), and then get it by one
// linkat.
//
// One operation on one folder where a temporary name and a rename take three on two, and nothing to remove
// however the run ends. Where a file of the wanted name stands already, a link cannot replace it: then the
// unnamed file is given a temporary name and renamed like any other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.hpp"
#include "base/result.hpp"

namespace imgopt {

// Opens a new file for reading and writing on the file system of the open folder `folder` (AT_FDCWD: the
// current one), with `mode` less umask. nullopt where the file system or the kernel has no such files. `path`
// is what messages name.
[[nodiscard]] Result<std::optional<Descriptor>> create_unnamed_file(int folder, std::uint32_t mode,
                                                                    std::string_view path);
// The same in the folder at `path`, which must exist.
[[nodiscard]] Result<std::optional<Descriptor>> create_unnamed_file_in(const std::string& path,
                                                                       std::uint32_t mode);

// Gives an unnamed file a name below the open folder `folder` (or AT_FDCWD). Follows no link and replaces
// nothing. Returns 0, or errno as linkat does: EEXIST where something of that name stands there.
[[nodiscard]] int name_unnamed_file(int file, int folder, const char* name);

}  // namespace imgopt
