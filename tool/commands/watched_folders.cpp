#include "tool/commands/watched_folders.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include "base/interrupts.hpp"
#include "tool/build/told_files.hpp"
#include "tool/scan/ignore_rules.hpp"
#include "tool/text/folders.hpp"

namespace imgopt {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds k_for_ever{-1};
// A file that was made, is not closed and does not grow for so long is taken as it is.
constexpr std::chrono::milliseconds k_writing{1000};

std::string absolute(const std::string& path) {
  std::error_code error;
  std::string whole = std::filesystem::absolute(path, error).lexically_normal().string();
  while (whole.size() > 1 && whole.back() == '/')
    whole.pop_back();
  return whole;
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

}  // namespace

Result<WatchedFolders> WatchedFolders::create() {
  IMGOPT_ASSIGN(FolderWatch watch, FolderWatch::create());
  return WatchedFolders(std::move(watch));
}

Result<Watching> WatchedFolders::follow(const BuildRequest& request,
                                        const std::vector<std::string>& scanned) {
  m_scanned = {scanned.begin(), scanned.end()};
  m_files.clear();
  for (const std::string& file : request.config_files)
    m_files.insert(file);
  for (const std::string& source : request.scan.sources)
    m_files.insert(absolute(source));
  m_hidden = request.scan.hidden;
  m_written.clear();
  for (const ToldFile& file : told_files_of(request.options, request.state))
    m_written.push_back(absolute(file.path));
  m_written.push_back(request.out);

  std::set<std::string> wanted = m_scanned;
  for (const std::string& file : m_files)
    wanted.insert(parent_of(file));
  for (const std::string& folder : m_watch.folders())
    if (!wanted.contains(folder))
      m_watch.remove(folder);
  Watching watching = Watching::as_before;
  for (const std::string& folder : wanted) {
    if (m_watch.has(folder))
      continue;
    const auto added = m_watch.add(folder);
    if (!added && added.error().code != ErrorCode::not_found)
      return tl::unexpected<Error>(added.error());
    watching = Watching::new_folders;
  }
  return watching;
}

bool WatchedFolders::matters(const FolderEvent& event) const {
  if (event.change == FolderChange::gone)
    return true;
  const std::string path = event.folder == "/" ? "/" + event.name : event.folder + "/" + event.name;
  const auto is_written = [&](const std::string& written) {
    return path == written || path.starts_with(written + ".tmp-");
  };
  if (std::any_of(m_written.begin(), m_written.end(), is_written))
    return false;
  if (m_files.contains(path))
    return true;
  if (!m_scanned.contains(event.folder))
    return false;
  return m_hidden == HiddenSources::take || !event.name.starts_with('.') || event.name == k_git_ignore_file ||
         event.name == k_own_ignore_file;
}

bool WatchedFolders::has_changed(const FolderEvents& events) {
  bool is_whole = events.lost;
  for (const FolderEvent& event : events.events) {
    if (!matters(event))
      continue;
    const std::string path = event.folder + "/" + event.name;
    if (event.change == FolderChange::begun) {
      m_begun.emplace(path, -1);
    } else {
      m_begun.erase(path);
      is_whole = true;
    }
  }
  return is_whole;
}

bool WatchedFolders::any_stands_still() {
  const std::size_t before = m_begun.size();
  for (auto begun = m_begun.begin(); begun != m_begun.end();) {
    std::error_code error;
    const auto size = static_cast<std::int64_t>(std::filesystem::file_size(begun->first, error));
    const bool stands_still = error || size == std::exchange(begun->second, size);
    begun = stands_still ? m_begun.erase(begun) : std::next(begun);
  }
  return m_begun.size() < before;
}

Result<bool> WatchedFolders::wait_for_change(std::chrono::milliseconds quiet,
                                             std::chrono::milliseconds patience) {
  const auto wait = [&](std::chrono::milliseconds limit) {
    return m_watch.wait(limit, Interrupts::descriptor());
  };
  for (bool is_change = false; !is_change;) {
    if (Interrupts::pending() != 0)
      return false;
    IMGOPT_ASSIGN(const FolderEvents events, wait(m_begun.empty() ? k_for_ever : k_writing));
    is_change = has_changed(events) || (events.events.empty() && any_stands_still());
  }
  // A burst, such as another branch checked out, is one change as far as it can be waited for.
  const auto end = Clock::now() + patience;
  while (Clock::now() + quiet < end && Interrupts::pending() == 0) {
    IMGOPT_ASSIGN(const FolderEvents more, wait(quiet));
    static_cast<void>(has_changed(more));
    if (more.events.empty() && !more.lost)
      break;
  }
  // What is half written would be half read.
  while (!m_begun.empty() && Interrupts::pending() == 0) {
    IMGOPT_ASSIGN(const FolderEvents more, wait(k_writing));
    static_cast<void>(has_changed(more));
    if (more.events.empty())
      static_cast<void>(any_stands_still());
  }
  return Interrupts::pending() == 0;
}

}  // namespace imgopt
