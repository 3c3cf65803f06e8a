#include "base/folder_watch.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace imgopt {

namespace {

// A file counts when its writer closes it: before that it is half a file. Editors that replace a file are
// heard by the renaming, deleted folders by their own event and their parent's.
constexpr std::uint32_t k_interests = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                      IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;

// A link is whole as soon as it is there, and nobody will close it.
bool may_be_written_still(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink == 1;
}

}  // namespace

Result<FolderWatch> FolderWatch::create() {
  Descriptor inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (inotify.get() < 0) {
    if (errno == EMFILE)
      return fail(ErrorCode::io,
                  "cannot watch folders: too many programs watch already; raise "
                  "fs.inotify.max_user_instances");
    return fail(ErrorCode::io, std::string("cannot watch folders: ") + std::strerror(errno));
  }
  return FolderWatch(std::move(inotify));
}

Result<void> FolderWatch::add(const std::string& folder) {
  const int number = ::inotify_add_watch(m_inotify.get(), folder.c_str(), k_interests);
  if (number < 0) {
    switch (errno) {
      case ENOENT:
      case ENOTDIR:
        return fail(ErrorCode::not_found, folder + ": cannot watch: no such folder");
      case ENOSPC:
        return fail(ErrorCode::io,
                    folder +
                        ": cannot watch: the system watches no more folders for this user; raise "
                        "fs.inotify.max_user_watches");
      default:
        return fail(ErrorCode::io, folder + ": cannot watch: " + std::strerror(errno));
    }
  }
  // The kernel gives the same number for the same folder: renamed, it is known by its new name from now on.
  if (const auto known = m_by_number.find(number); known != m_by_number.end() && known->second != folder)
    m_by_folder.erase(known->second);
  m_by_number[number] = folder;
  m_by_folder[folder] = number;
  return {};
}

void FolderWatch::remove(const std::string& folder) {
  const auto known = m_by_folder.find(folder);
  if (known == m_by_folder.end())
    return;
  ::inotify_rm_watch(m_inotify.get(), known->second);
  m_by_number.erase(known->second);
  m_by_folder.erase(known);
}

std::set<std::string> FolderWatch::folders() const {
  std::set<std::string> names;
  for (const auto& [folder, number] : m_by_folder)
    names.insert(folder);
  return names;
}

Result<FolderEvents> FolderWatch::wait(std::chrono::milliseconds limit, int other) {
  std::array<pollfd, 2> waiting = {pollfd{m_inotify.get(), POLLIN, 0}, pollfd{other, POLLIN, 0}};
  const int ready =
      ::poll(waiting.data(), other < 0 ? 1 : 2, limit.count() < 0 ? -1 : static_cast<int>(limit.count()));
  if (ready < 0 && errno != EINTR)
    return fail(ErrorCode::io, std::string("cannot wait for changes: ") + std::strerror(errno));
  return read();
}

Result<FolderEvents> FolderWatch::read() {
  FolderEvents all;
  alignas(inotify_event) std::array<char, 1 << 16> buffer;
  for (;;) {
    const ssize_t got = ::read(m_inotify.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0 && errno == EAGAIN)
      return all;
    if (got < 0)
      return fail(ErrorCode::io, std::string("cannot read changes: ") + std::strerror(errno));
    for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(got);) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof(event));
      const char* const name = buffer.data() + at + sizeof(event);
      at += sizeof(event) + event.len;
      if ((event.mask & IN_Q_OVERFLOW) != 0) {
        all.lost = true;
        continue;
      }
      const auto known = m_by_number.find(event.wd);
      if (known == m_by_number.end())
        continue;
      const std::string folder = known->second;
      if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)) != 0) {
        remove(folder);
        all.events.push_back({folder, "", FolderChange::gone});
      } else {
        const std::string own_name = event.len > 0 ? name : "";
        const bool is_begun = (event.mask & (IN_CREATE | IN_ISDIR)) == IN_CREATE &&
                              may_be_written_still(std::string(folder).append("/").append(own_name));
        all.events.push_back({folder, own_name, is_begun ? FolderChange::begun : FolderChange::entry});
      }
    }
  }
}

}  // namespace imgopt
