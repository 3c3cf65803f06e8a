// Replaces the content of a file that belongs to somebody: by one rename, after a flush to disk, and only
// while the file still is the one that was read, in the folder where it was found, also where a link takes
// that folder's place meanwhile. Mode, owner and extended attributes go over as far as the system lets them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/result.hpp"

namespace imgopt {

struct Replacement {
  std::string path;       // of a regular file, not of a symbolic link to one
  FileStat expected;      // what was read
  std::string temporary;  // a free path; where it is on another file system, one beside the file is taken
  // Where the old content stays, in the same folder; must be free, or hold just that.
  std::optional<std::string> backup;
};

struct Replaced {
  FileStat stat;                  // of the new file
  std::uint64_t other_links = 0;  // further names (hard links) that keep the old content
};

// ErrorCode::io where the file is not as expected any more: then nothing was done. Whatever fails, the file
// is whole.
[[nodiscard]] Result<Replaced> replace_file(const Replacement& replacement, ByteView content);

}  // namespace imgopt
