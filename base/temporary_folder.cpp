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

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  DIR* entries = ::opendir(folder.c_str());
  if (entries == nullptr)
    return names;
  while (const dirent* entry = ::readdir(entries)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..")
      names.emplace_back(name);
  }
  ::closedir(entries);
  return names;
}

// The lock goes last: a folder without one is about to be used or removed by its owner.
void remove_run_folder(const std::string& path) {
  for (const std::string& name : names_in(path))
    if (name != "lock")
      ::unlink((path + "/" + name).c_str());
  ::unlink((path + "/lock").c_str());
  ::rmdir(path.c_str());
}

std::string common_folder(const std::string& parent) {
  return parent + "/" + k_temporary_name;
}

}  // namespace

struct TemporaryFolder::Counter {
  std::atomic<std::uint64_t> next{0};
};

TemporaryFolder::TemporaryFolder(std::string parent, std::string path, Descriptor lock)
    : m_parent(std::move(parent)),
      m_path(std::move(path)),
      m_lock(std::move(lock)),
      m_counter(std::make_unique<Counter>()) {}

TemporaryFolder::TemporaryFolder(TemporaryFolder&&) noexcept = default;

void TemporaryFolder::sweep(const std::string& parent) {
  const std::string common = common_folder(parent);
  for (const std::string& name : names_in(common)) {
    const std::string path = common + "/" + name;
    const Descriptor lock(::open((path + "/lock").c_str(), O_RDWR | O_CLOEXEC));
    if (lock.is_open()) {
      const auto outcome = try_lock(lock.get(), path);
      if (!outcome || *outcome == LockOutcome::held_by_another)
        continue;
    } else {
      // Its owner died between making the folder and making the lock, or is about to make it; then its next
      // step fails and it starts again.
      ::rmdir(path.c_str());
      continue;
    }
    remove_run_folder(path);
  }
  ::rmdir(common.c_str());
}

Result<TemporaryFolder> TemporaryFolder::create(const std::string& parent) {
  sweep(parent);
  const std::string common = common_folder(parent);
  // Another run's sweep may remove what we just made before we hold its lock: so look again, a bounded number
  // of times.
  int error = 0;
  for (int attempt = 0; attempt < 100; ++attempt) {
    if (::mkdir(common.c_str(), 0777) != 0 && errno != EEXIST)
      return system_error(common, "cannot make the folder", errno);
    std::string path = common + "/" + random_name(8);
    if (::mkdir(path.c_str(), 0700) != 0) {
      error = errno;
      if (error == ENOENT || error == EEXIST)
        continue;
      return system_error(path, "cannot make the folder", error);
    }
    Descriptor lock(::open((path + "/lock").c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!lock.is_open()) {
      error = errno;
      if (error == ENOENT)
        continue;
      ::rmdir(path.c_str());
      return system_error(path, "cannot create the lock", error);
    }
    IMGOPT_ASSIGN(const LockOutcome outcome, try_lock(lock.get(), path));
    struct stat raw;
    if (outcome == LockOutcome::taken && ::fstat(lock.get(), &raw) == 0 && raw.st_nlink > 0)
      return TemporaryFolder(parent, std::move(path), std::move(lock));
  }
  return system_error(common, "cannot make a folder of our own", error);
}

TemporaryFolder::~TemporaryFolder() {
  if (!m_lock.is_open())
    return;
  remove_run_folder(m_path);
  ::rmdir(common_folder(m_parent).c_str());
}

std::string TemporaryFolder::next_path() {
  return m_path + "/" + std::to_string(m_counter->next.fetch_add(1));
}

}  // namespace imgopt
