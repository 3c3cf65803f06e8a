#include "base/file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "base/digest.hpp"
#include "base/interrupts.hpp"

namespace imgopt {

namespace {

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// Not libc's fstat on Linux: it may be made of newfstatat, and a worker's sandbox, which sees no more than
// pointers, could not allow that without allowing questions about any path.
int look_at_descriptor(int fd, struct stat& raw) {
#if defined(__linux__) && defined(__LP64__)
  return static_cast<int>(::syscall(SYS_fstat, fd, &raw));
#else
  return ::fstat(fd, &raw);
#endif
}

FileStatus status_of(const struct stat& raw) {
  FileStatus status;
  status.stat.device = raw.st_dev;
  status.stat.inode = raw.st_ino;
  status.stat.size = static_cast<std::uint64_t>(raw.st_size);
  status.stat.mtime_ns = nanoseconds(raw.st_mtim);
  status.stat.ctime_ns = nanoseconds(raw.st_ctim);
  status.type = S_ISREG(raw.st_mode)   ? FileType::regular
                : S_ISDIR(raw.st_mode) ? FileType::folder
                                       : FileType::other;
  status.mode = raw.st_mode & 07777;
  return status;
}

bool is_absence(int error) {
  return error == ENOENT || error == ENOTDIR;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos)
    return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

void Descriptor::reset() {
  if (m_fd >= 0)
    ::close(m_fd);
  m_fd = -1;
}

tl::unexpected<Error> system_error(std::string_view path, std::string_view operation, int error) {
  std::string message(path);
  message.append(": ").append(operation).append(": ").append(std::strerror(error));
  const bool is_full = error == ENOSPC || error == EDQUOT;
  return fail(is_absence(error) ? ErrorCode::not_found
              : is_full         ? ErrorCode::no_space
                                : ErrorCode::io,
              std::move(message));
}

tl::unexpected<Error> creation_error(std::string_view path, std::string_view operation, int error) {
  auto failure = system_error(path, operation, error);
  if (failure.value().code == ErrorCode::not_found)
    failure.value().code = ErrorCode::io;
  return failure;
}

Result<std::optional<FileStatus>> stat_file(const std::string& path) {
  return stat_file_at(AT_FDCWD, path.c_str(), path);
}

Result<std::optional<FileStatus>> stat_file_at(int folder, const char* name, std::string_view path) {
  struct stat raw;
  if (::fstatat(folder, name, &raw, 0) == 0)
    return status_of(raw);
  if (is_absence(errno))
    return std::nullopt;
  return system_error(path, "cannot stat", errno);
}

Result<FileStatus> stat_descriptor(int fd, std::string_view path) {
  struct stat raw;
  if (look_at_descriptor(fd, raw) != 0)
    return system_error(path, "cannot stat", errno);
  return status_of(raw);
}

Result<Descriptor> open_for_reading(const std::string& path) {
  // O_NONBLOCK: a named pipe put in a source's place must not stop the run; regular files do not care.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0)
    return system_error(path, "cannot open", errno);
  return Descriptor(fd);
}

Result<FileStatus> stat_regular(int fd, std::string_view path) {
  IMGOPT_ASSIGN(const FileStatus status, stat_descriptor(fd, path));
  if (status.type != FileType::regular)
    return fail(ErrorCode::io, std::string(path) + ": cannot read: it is not a regular file");
  return status;
}

Result<Bytes> read_descriptor(int fd, std::string_view path, std::uint64_t max_bytes) {
  IMGOPT_ASSIGN(const FileStatus status, stat_regular(fd, path));
  if (status.stat.size > max_bytes)
    return fail(ErrorCode::limit_exceeded, std::string(path) + ": cannot read: it is larger than " +
                                               std::to_string(max_bytes) + " bytes");
  // One byte more than the size: a file that grows is read to its end, one that does not ends in one read.
  Bytes bytes(status.stat.size + 1);
  std::size_t done = 0;
  for (;;) {
    const ssize_t got = ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (got < 0) {
      if (errno == EINTR)
        continue;
      return system_error(path, "cannot read", errno);
    }
    if (got == 0)
      break;
    done += static_cast<std::size_t>(got);
    if (done > max_bytes)
      return fail(ErrorCode::limit_exceeded, std::string(path) + ": cannot read: it grew beyond " +
                                                 std::to_string(max_bytes) + " bytes");
    if (done == bytes.size())
      bytes.resize(bytes.size() * 2);
  }
  bytes.resize(done);
  return bytes;
}

Result<Bytes> read_file(const std::string& path, std::uint64_t max_bytes) {
  IMGOPT_ASSIGN(const Descriptor file, open_for_reading(path));
  return read_descriptor(file.get(), path, max_bytes);
}

Result<std::string> read_text_file(const std::string& path, std::uint64_t max_bytes) {
  IMGOPT_ASSIGN(const Bytes bytes, read_file(path, max_bytes));
  return std::string(bytes.begin(), bytes.end());
}

Result<void> write_descriptor(int fd, ByteView bytes, std::string_view path) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0) {
      if (errno == EINTR)
        continue;
      return system_error(path, "cannot write", errno);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

Result<void> read_at(int fd, std::span<std::uint8_t> out, std::uint64_t offset, std::string_view path) {
  while (!out.empty()) {
    const ssize_t got = ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0) {
      if (errno == EINTR)
        continue;
      return system_error(path, "cannot read", errno);
    }
    if (got == 0)
      return fail(ErrorCode::corrupt, std::string(path) + ": cannot read: it is shorter than expected");
    out = out.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return {};
}

Result<void> make_folders(const std::string& path, std::uint32_t mode) {
  if (path.empty() || path == "/" || path == ".")
    return {};
  if (::mkdir(path.c_str(), mode) == 0)
    return {};
  if (errno == ENOENT) {
    const std::string parent = folder_of(path);
    if (parent == path)
      return system_error(path, "cannot make the folder", ENOENT);
    IMGOPT_TRY(make_folders(parent, mode));
    if (::mkdir(path.c_str(), mode) == 0)
      return {};
  }
  const int error = errno;
  if (error == EEXIST) {
    struct stat raw;
    if (::stat(path.c_str(), &raw) == 0 && S_ISDIR(raw.st_mode))
      return {};
    return fail(ErrorCode::io, path + ": cannot make the folder: a file of that name is in the way");
  }
  return creation_error(path, "cannot make the folder", error);
}

Result<void> make_parent_folders(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos || slash == 0 ? Result<void>() : make_folders(path.substr(0, slash));
}

Result<void> remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && !is_absence(errno))
    return system_error(path, "cannot remove", errno);
  return {};
}

Result<void> set_times(int fd, std::int64_t mtime_ns, std::string_view path) {
  timespec times[2];
  times[0].tv_sec = times[1].tv_sec = mtime_ns / 1'000'000'000;
  times[0].tv_nsec = times[1].tv_nsec = mtime_ns % 1'000'000'000;
  if (::futimens(fd, times) != 0)
    return system_error(path, "cannot set the time", errno);
  return {};
}

Result<void> copy_range(int source, std::uint64_t source_offset, std::uint64_t size, int target,
                        std::string_view path) {
  IMGOPT_ASSIGN(const FileStatus status, stat_descriptor(source, path));
  if (source_offset == 0 && status.stat.size == size && ::ioctl(target, FICLONE, source) == 0)
    return {};
  auto offset = static_cast<off64_t>(source_offset);
  std::uint64_t left = size;
  while (left > 0) {
    const ssize_t copied = ::copy_file_range(source, &offset, target, nullptr, left, 0);
    if (copied < 0 && errno == EINTR)
      continue;
    if (copied <= 0)
      break;  // not between these files: EXDEV, EINVAL, EOPNOTSUPP; what is left goes through us
    left -= static_cast<std::uint64_t>(copied);
  }
  Bytes buffer(std::min<std::uint64_t>(left, 1u << 20));
  while (left > 0) {
    const std::span<std::uint8_t> piece(buffer.data(), std::min<std::uint64_t>(left, buffer.size()));
    IMGOPT_TRY(read_at(source, piece, static_cast<std::uint64_t>(offset), path));
    IMGOPT_TRY(write_descriptor(target, piece, path));
    offset += static_cast<off64_t>(piece.size());
    left -= piece.size();
  }
  return {};
}

Result<AtomicFile> AtomicFile::create(const std::string& path, std::uint32_t mode) {
  std::string temporary = path + ".tmp-" + random_name(8);
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) {
    const int error = errno;
    return creation_error(path, "cannot create", error);
  }
  return AtomicFile(Descriptor(fd), std::move(temporary), path);
}

AtomicFile::~AtomicFile() {
  if (!m_temporary.empty())
    ::unlink(m_temporary.c_str());
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : m_file(std::move(other.m_file)),
      m_temporary(std::exchange(other.m_temporary, {})),
      m_path(std::move(other.m_path)) {}

Result<void> AtomicFile::write(ByteView bytes) {
  return write_descriptor(m_file.get(), bytes, m_path);
}
Result<void> AtomicFile::write(std::string_view text) {
  return write(ByteView(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

Result<void> AtomicFile::commit(std::optional<std::int64_t> mtime_ns) {
  if (mtime_ns)
    IMGOPT_TRY(set_times(m_file.get(), *mtime_ns, m_path));
  if (::rename(m_temporary.c_str(), m_path.c_str()) != 0)
    return system_error(m_path, "cannot rename into place", errno);
  m_temporary.clear();
  return {};
}

Result<void> write_file(const std::string& path, std::string_view text,
                        std::optional<std::int64_t> mtime_ns) {
  IMGOPT_ASSIGN(AtomicFile file, AtomicFile::create(path));
  IMGOPT_TRY(file.write(text));
  return file.commit(mtime_ns);
}

Result<Written> write_file_if_different(const std::string& path, std::string_view text,
                                        std::optional<std::int64_t> mtime_ns) {
  if (const auto present = read_text_file(path); present && *present == text)
    return Written::unchanged;
  IMGOPT_TRY(write_file(path, text, mtime_ns));
  return Written::yes;
}

Result<LockOutcome> try_lock(int fd, std::string_view path) {
  for (;;) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0)
      return LockOutcome::taken;
    if (errno == EWOULDBLOCK)
      return LockOutcome::held_by_another;
    if (errno != EINTR)
      return system_error(path, "cannot lock", errno);
  }
}

// Looks again and again: a flock() that waits sleeps on where the signal arrived just before it, or at
// another thread.
Result<void> wait_for_lock(int fd, std::string_view path, std::chrono::milliseconds after_signal) {
  constexpr std::chrono::milliseconds k_look_again{10};
  std::chrono::milliseconds waited{};
  for (;;) {
    IMGOPT_ASSIGN(const LockOutcome outcome, try_lock(fd, path));
    if (outcome == LockOutcome::taken)
      return {};
    const bool is_pending = Interrupts::pending() != 0;
    if (is_pending && waited >= after_signal)
      return interrupted();
    if (is_pending)
      waited += k_look_again;
    // A negative descriptor is none to poll().
    pollfd interrupt{is_pending ? -1 : Interrupts::descriptor(), POLLIN, 0};
    ::poll(&interrupt, 1, static_cast<int>(k_look_again.count()));
  }
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(folder.c_str()), &::closedir);
  if (entries == nullptr)
    return names;
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..")
      names.emplace_back(name);
  }
  return names;
}

}  // namespace imgopt
