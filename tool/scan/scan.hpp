// Scanning: sources and folders become one sorted list of files, each with the name under which its outputs
// stand and the stat data by which the build state tells whether it changed.
//
// Names are bytes, relative and '/'-separated, and never hold `.`, `..` or empty components. A folder's tree
// is mirrored without the folder's own name; a file given by itself has its file name; with a base, names are
// relative to that. Symbolic links are followed; a folder that is its own ancestor through a link is left
// out. Sockets, pipes and devices are no sources, nor are ignore files, imgopt.json and folders named
// k_temporary_name.
// Nothing is opened but folders and ignore files.
//
// One bad folder or source does not stop the scan: it becomes a problem, and the rest is listed.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"
#include "tool/settings/run_options.hpp"
#include "tool/text/glob.hpp"

namespace imgopt {

// What tells one folder from another, whatever its path.
struct FolderId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  auto operator<=>(const FolderId&) const = default;
};

struct ScanRequest {
  std::vector<std::string> sources{};  // files and folders, as the user spells them
  std::optional<std::string> base{};   // a folder; every source must be below it
  // Globs over names. With includes, of what is found in folders only files that match one are taken;
  // whatever matches an exclude is not taken, and a folder that does is not read.
  std::vector<Glob> include{};
  std::vector<Glob> exclude{};
  // Of what is found in folders; a source given by itself is taken, hidden or ignored.
  HiddenSources hidden = HiddenSources::skip;
  IgnoreFileUse ignore_files = IgnoreFileUse::obey;
  // Folders not to be read where they are found below a source: the output folder, the cache.
  std::vector<FolderId> leave_out{};
  unsigned threads = 0;  // at most so many; 0: one for each core this process may use, at most 8
};

enum class NamedBy : std::uint8_t { folder, itself };

struct ScannedFile {
  std::string name;
  FileStat stat;             // of the file itself where it was reached through a link
  std::uint32_t origin = 0;  // index into ScanResult::origins
  NamedBy named_by = NamedBy::folder;
};

// Where a name comes from: the path to open is `prefix` and the name without its first `cut` bytes. (100,000
// files share a few prefixes; a path of its own for each would be a third of the scan's memory.)
struct ScanOrigin {
  std::string prefix;
  std::size_t cut = 0;
};

// An imgopt.json found in a scanned folder.
struct FolderConfig {
  std::string folder;  // the beginning of the names it speaks of: "" or ending in '/'
  std::string path;    // to open it, relative where its source was
};

struct ScanResult {
  std::vector<ScannedFile> files;         // sorted by compare_names, names unique
  std::vector<ScanOrigin> origins;        // one for each source or so
  std::vector<std::string> folders;       // every folder read, absolute, in the order of the tree
  std::vector<std::string> ignore_files;  // every ignore file read, absolute
  std::vector<FolderConfig> configs;      // in the order of the tree: outer folders first
  // not_found: a source that is not there, a dangling link; invalid_argument: two files of one name (neither
  // is listed); limit_exceeded: a path longer than the system takes, links without end; io: what cannot be
  // read.
  std::vector<Error> problems;
  std::size_t ignored = 0;  // files and folders left out by ignore files and `exclude`; a folder counts once

  // The path by which to open the file, relative where its source was.
  [[nodiscard]] std::string path_of(const ScannedFile& file) const;
};

// The order of names: component by component, bytes compared, so that a folder's files stand together.
[[nodiscard]] std::strong_ordering compare_names(std::string_view a, std::string_view b);

// Fails with invalid_argument where a source is outside the base, with io where the current folder is
// unknown.
[[nodiscard]] Result<ScanResult> scan(const ScanRequest& request);

}  // namespace imgopt
