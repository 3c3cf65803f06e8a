#include "base/range_locks.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace imgopt {

namespace {

struct flock at(std::uint64_t place, short type) {
  struct flock range {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  range.l_start = static_cast<off_t>(place);
  range.l_len = 1;
  return range;
}

}  // namespace

Result<RangeLocks> RangeLocks::open(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.is_open())
    return creation_error(path, "cannot create the lock", errno);
  return RangeLocks(std::move(file), path);
}

Result<LockOutcome> RangeLocks::try_lock(std::uint64_t place) const {
  struct flock range = at(place, F_WRLCK);
  while (::fcntl(m_file.get(), F_OFD_SETLK, &range) != 0) {
    if (errno == EAGAIN || errno == EACCES)
      return LockOutcome::held_by_another;
    if (errno != EINTR)
      return system_error(m_path, "cannot lock", errno);
  }
  return LockOutcome::taken;
}

Result<void> RangeLocks::lock(std::uint64_t place) const {
  struct flock range = at(place, F_WRLCK);
  while (::fcntl(m_file.get(), F_OFD_SETLKW, &range) != 0)
    if (errno != EINTR)
      return system_error(m_path, "cannot lock", errno);
  return {};
}

void RangeLocks::unlock(std::uint64_t place) const {
  struct flock range = at(place, F_UNLCK);
  ::fcntl(m_file.get(), F_OFD_SETLK, &range);
}

bool RangeLocks::is_held_by_another(std::uint64_t place) const {
  struct flock range = at(place, F_WRLCK);
  return ::fcntl(m_file.get(), F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}

}  // namespace imgopt
