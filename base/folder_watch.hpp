// FolderWatch: hears what changes in folders (inotify).
//
// What is told is that something changed, and where; what it means is found out by looking. The kernel may
// lose events when too many come at once: then `lost` is told, and everything must be looked at. Not
// thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"

namespace imgopt {

enum class FolderChange : std::uint8_t {
  entry,  // a file or folder came, went, or was written; `name` is its own name
  begun,  // a file was made, and whoever made it may still be writing: `entry` follows when it is closed
  gone    // the folder itself went or moved; it is not watched any more
};

struct FolderEvent {
  std::string folder;  // as given to add()
  std::string name;
  FolderChange change = FolderChange::entry;
};

struct FolderEvents {
  std::vector<FolderEvent> events;
  bool lost = false;
};

class FolderWatch {
public:
  [[nodiscard]] static Result<FolderWatch> create();

  // Watches a folder; once more changes nothing. A folder that is not there is not_found; io where
  // the system watches no more, with what to do.
  [[nodiscard]] Result<void> add(const std::string& folder);
  void remove(const std::string& folder);
  [[nodiscard]] bool has(const std::string& folder) const { return m_by_folder.contains(folder); }
  [[nodiscard]] std::size_t size() const { return m_by_folder.size(); }
  [[nodiscard]] std::set<std::string> folders() const;

  // Waits until something happens, `other` becomes readable, a signal comes or the time is over (negative: no
  // limit), and returns what has happened so far.
  [[nodiscard]] Result<FolderEvents> wait(std::chrono::milliseconds limit, int other = -1);

private:
  explicit FolderWatch(Descriptor inotify) : m_inotify(std::move(inotify)) {}
  [[nodiscard]] Result<FolderEvents> read();

  Descriptor m_inotify;
  std::map<int, std::string> m_by_number;
  std::map<std::string, int, std::less<>> m_by_folder;
};

}  // namespace imgopt
