#include "tool/state/state_lock.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <cstdio>

namespace imgopt {

namespace {

// The kernel stamps files by its timer, whose coarsest tick is a hundredth of a second.
constexpr std::int64_t k_kernel_tick_ns = 10'000'000;
// Where times come in whole seconds (FAT: two), or nothing is known.
constexpr std::int64_t k_coarse_step_ns = 2'000'000'000;

Result<std::int64_t> touched_ns(int fd, const std::string& path) {
  if (::futimens(fd, nullptr) != 0)
    return system_error(path, "cannot touch", errno);
  IMGOPT_ASSIGN(const FileStatus status, stat_descriptor(fd, path));
  return status.stat.mtime_ns;
}

}  // namespace

std::string lock_path(const std::string& state_path) {
  return state_path + ".lock";
}

Result<StateLock> StateLock::take(const std::string& state_path) {
  const std::string path = lock_path(state_path);
  if (const std::size_t slash = path.find_last_of('/'); slash != std::string::npos && slash > 0)
    IMGOPT_TRY(make_folders(path.substr(0, slash)));
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.is_open())
    return creation_error(path, "cannot create the lock", errno);
  IMGOPT_ASSIGN(LockOutcome outcome, try_lock(file.get(), path));
  if (outcome == LockOutcome::held_by_another) {
    fmt::print(stderr, "imgopt: waiting for another build with the state {}\n", state_path);
    IMGOPT_TRY(wait_for_lock(file.get(), path, std::chrono::milliseconds(0)));
  }
  IMGOPT_ASSIGN(const std::int64_t now, touched_ns(file.get(), path));
  // A file system with sub-second times shows a fraction of zero once in a billion.
  constexpr std::int64_t k_second = 1'000'000'000;
  const bool is_fine = now % k_second != 0;
  return StateLock(std::move(file), now, is_fine ? k_kernel_tick_ns : k_coarse_step_ns);
}

}  // namespace imgopt
