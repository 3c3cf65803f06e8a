// Walking folders: every folder below a source, read by as many threads as pay, in an order that does not
// show.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "tool/scan/ignore_rules.hpp"
#include "tool/scan/scan.hpp"
#include "tool/scan/scan_folder.hpp"

namespace imgopt {

// One folder, and after the walk what was found in it.
struct ScannedFolder {
  const ScannedFolder* parent = nullptr;  // nullptr: a source
  std::string path;                       // to open: "" or ending in '/'
  std::string name;                       // of its files the beginning: "" or ending in '/'
  std::uint32_t origin = 0;
  FolderId id;
  IgnoreRules rules;
  const ScannedFolder* nearest_rules = nullptr;  // this folder or the closest one above that has rules

  enum class State : std::uint8_t { unread, read } state = State::unread;
  std::vector<ScannedFile> files;  // sorted
  struct Child {
    std::size_t files_before;  // how many of `files` come before the child's
    std::unique_ptr<ScannedFolder> folder;
  };
  std::vector<Child> children;
  std::vector<std::string> ignore_files;  // paths
  bool has_config = false;                // an imgopt.json
  std::vector<Error> problems;
  std::size_t ignored = 0;
};

// Whether an exclude says that nothing of this name is wanted.
[[nodiscard]] bool is_excluded(const ScanRequest& request, std::string_view name, ListedKind kind);

// Walks all of `roots` to their leaves. The request must outlive the call.
void walk_folders(const ScanRequest& request, const std::vector<std::unique_ptr<ScannedFolder>>& roots);

}  // namespace imgopt
