#include "base/temporary_folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <vector>

#include "base/digest.hpp"

namespace imgopt {

namespace {

constexpr const char* k_lock_name = "lock";
// Whoever may write beside our folders may put links in their place: none is followed, or a sweep would
// remove what lies elsewhere.
constexpr int k_folder_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

std::vector<std::string> names_in(int folder) {
  std::vector<std::string> names;
  const int copy = ::openat(folder, ".", k_folder_flags);
  DIR* const entries = copy >= 0 ? ::fdopendir(copy) : nullptr;
  if (entries == nullptr) {
    if (copy >= 0)
      ::close(copy);
    return names;
  }
  while (const dirent* entry = ::readdir(entries)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..")
      names.emplace_back(name);
  }
  ::closedir(entries);
  return names;
}

// The lock goes last: a folder without one is about to be used or removed by its owner.
void remove_run_folder(int common, const std::string& name, int folder) {
  for (const std::string& file : names_in(folder))
    if (file != k_lock_name)
      ::unlinkat(folder, file.c_str(), 0);
  ::unlinkat(folder, k_lock_name, 0);
  ::unlinkat(common, name.c_str(), AT_REMOVEDIR);
}

std::string common_folder(const std::string& parent) {
  return parent + "/" + k_temporary_name;
}

// Where the sticky bit keeps users apart who share a folder, whoever else can write to the common folder
// could put links in the place of what is in ours. Anywhere else they could do so in the parent itself.
Result<void> check_common_folder(const std::string& parent, int common, const std::string& path) {
  struct stat above;
  struct stat raw;
  if (::stat(parent.c_str(), &above) != 0 || ::fstat(common, &raw) != 0)
    return system_error(path, "cannot stat", errno);
  const bool is_trusted = raw.st_uid == ::geteuid() || raw.st_uid == 0;
  if ((above.st_mode & S_ISVTX) != 0 && (!is_trusted || (raw.st_mode & 022) != 0))
    return fail(ErrorCode::io, path + ": cannot use it for temporary files: another user can write to it, and has to remove it");
  return {};
}

// Where users share a folder by its group, they share this one too.
mode_t common_mode(const std::string& parent) {
  struct stat raw;
  const bool is_sticky = ::stat(parent.c_str(), &raw) == 0 && (raw.st_mode & S_ISVTX) != 0;
  return is_sticky ? 0755 : 0775;
}

}  // namespace

struct TemporaryFolder::Counter {
  std::atomic<std::uint64_t> next{0};
};

TemporaryFolder::TemporaryFolder(std::string parent, std::string name, Descriptor common, Descriptor folder,
                                 Descriptor lock)
    : m_parent(std::move(parent)),
      m_name(std::move(name)),
      m_path(common_folder(m_parent) + "/" + m_name),
      m_common(std::move(common)),
      m_folder(std::move(folder)),
      m_lock(std::move(lock)),
      m_counter(std::make_unique<Counter>()) {}

TemporaryFolder::TemporaryFolder(TemporaryFolder&&) noexcept = default;

void TemporaryFolder::sweep(const std::string& parent) {
  const std::string path = common_folder(parent);
  const Descriptor common(::open(path.c_str(), k_folder_flags));
  if (!common.is_open())
    return;
  for (const std::string& name : names_in(common.get())) {
    const Descriptor folder(::openat(common.get(), name.c_str(), k_folder_flags));
    if (!folder.is_open())
      continue;
    const Descriptor lock(::openat(folder.get(), k_lock_name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (lock.is_open()) {
      const auto outcome = try_lock(lock.get(), path);
      if (!outcome || *outcome == LockOutcome::held_by_another)
        continue;
    } else {
      // Its owner died between making the folder and making the lock, or is about to make it; then its next
      // step fails and it starts again.
      ::unlinkat(common.get(), name.c_str(), AT_REMOVEDIR);
      continue;
    }
    remove_run_folder(common.get(), name, folder.get());
  }
  ::rmdir(path.c_str());
}

Result<TemporaryFolder> TemporaryFolder::create(const std::string& parent) {
  sweep(parent);
  const std::string path = common_folder(parent);
  // Another run's sweep may remove what we just made before we hold its lock: so look again, a bounded number
  // of times.
  int error = 0;
  for (int attempt = 0; attempt < 100; ++attempt) {
    if (::mkdir(path.c_str(), common_mode(parent)) != 0 && errno != EEXIST)
      return system_error(path, "cannot make the folder", errno);
    Descriptor common(::open(path.c_str(), k_folder_flags));
    if (!common.is_open()) {
      error = errno;
      if (error == ENOENT)
        continue;
      return system_error(path, "cannot open the folder, which must be no link", error);
    }
    IMGOPT_TRY(check_common_folder(parent, common.get(), path));
    std::string name = random_name(8);
    if (::mkdirat(common.get(), name.c_str(), 0700) != 0) {
      error = errno;
      if (error == ENOENT || error == EEXIST)
        continue;
      return system_error(path, "cannot make a folder in it", error);
    }
    Descriptor folder(::openat(common.get(), name.c_str(), k_folder_flags));
    Descriptor lock(folder.is_open()
                        ? ::openat(folder.get(), k_lock_name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)
                        : -1);
    if (!lock.is_open()) {
      error = errno;
      if (error == ENOENT)
        continue;
      ::unlinkat(common.get(), name.c_str(), AT_REMOVEDIR);
      return system_error(std::string(path).append("/").append(name), "cannot create the lock", error);
    }
    IMGOPT_ASSIGN(const LockOutcome outcome, try_lock(lock.get(), path));
    struct stat raw;
    if (outcome == LockOutcome::taken && ::fstat(lock.get(), &raw) == 0 && raw.st_nlink > 0)
      return TemporaryFolder(parent, std::move(name), std::move(common), std::move(folder), std::move(lock));
  }
  return system_error(path, "cannot make a folder of our own", error);
}

TemporaryFolder::~TemporaryFolder() {
  if (!m_lock.is_open())
    return;
  remove_run_folder(m_common.get(), m_name, m_folder.get());
  ::rmdir(common_folder(m_parent).c_str());
}

std::string TemporaryFolder::next_name() {
  return std::to_string(m_counter->next.fetch_add(1));
}

std::string TemporaryFolder::next_path() {
  return m_path + "/" + next_name();
}

}  // namespace imgopt
