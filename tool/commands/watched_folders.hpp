// Which folders `imgopt watch` listens to, and which of their changes concern it.
//
// Every folder that the last build scanned, the folders that hold a configuration, and the parents of the
// sources: a source that is deleted and made again is heard from above. Of these last two only the names that
// matter count. What the builds themselves write beside the sources (report, manifest, stamp) is no change.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/folder_watch.hpp"
#include "base/result.hpp"
#include "tool/plan/build_request.hpp"

namespace imgopt {

enum class Watching : std::uint8_t { as_before, new_folders };

class WatchedFolders {
public:
  [[nodiscard]] static Result<WatchedFolders> create();

  // Listens to what this build looked at, and to nothing else. `scanned` are its folders, absolute.
  // new_folders: something may have changed in them after they were scanned and before they were listened to.
  [[nodiscard]] Result<Watching> follow(const BuildRequest& request, const std::vector<std::string>& scanned);

  // Waits for a change that matters and then until no more come, or `patience` is over. False: a signal came
  // first.
  [[nodiscard]] Result<bool> wait_for_change(std::chrono::milliseconds quiet,
                                             std::chrono::milliseconds patience);

  [[nodiscard]] std::size_t scanned_folders() const { return m_scanned.size(); }

private:
  explicit WatchedFolders(FolderWatch watch) : m_watch(std::move(watch)) {}
  [[nodiscard]] bool matters(const FolderEvent& event) const;
  // Whether something of concern is whole; files that are being written are noted.
  [[nodiscard]] bool has_changed(const FolderEvents& events);
  // Whether a file that was being written has not grown since the last look, and so counts as whole.
  [[nodiscard]] bool any_stands_still();

  FolderWatch m_watch;
  std::set<std::string> m_scanned;  // every name in these matters
  std::set<std::string> m_files;    // single paths that matter: configurations, sources given by themselves
  std::vector<std::string> m_written;  // paths that builds write
  HiddenSources m_hidden = HiddenSources::skip;
  std::map<std::string, std::int64_t>
      m_begun;  // files that are being written, with their size at the last look
};

}  // namespace imgopt
