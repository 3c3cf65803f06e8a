#include "tool/state/output_folder.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/unnamed_file.hpp"
#include "tool/text/path_text.hpp"

namespace imgopt {

namespace {

// Opens `relative` beneath `root`. Without openat2 (before Linux 5.6) the path is walked and links are
// refused, which is stricter and as safe.
int open_beneath(int root, const std::string& relative, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const auto opened = static_cast<int>(::syscall(SYS_openat2, root, relative.c_str(), &how, sizeof(how)));
  if (opened >= 0 || (errno != ENOSYS && errno != EPERM))
    return opened;
  Descriptor folder(::openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  std::size_t begin = 0;
  while (folder.is_open()) {
    const std::size_t slash = relative.find('/', begin);
    const std::string component = relative.substr(begin, slash - begin);
    if (slash == std::string::npos)
      return ::openat(folder.get(), component.c_str(), flags | O_NOFOLLOW | O_CLOEXEC);
    folder =
        Descriptor(::openat(folder.get(), component.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    begin = slash + 1;
  }
  return -1;
}

bool leads_out(int error) {
  return error == EXDEV || error == ELOOP;
}

// A path that leads out is no absence.
tl::unexpected<Error> path_error(const std::string& path, std::string_view operation, int error) {
  if (leads_out(error))
    return fail(ErrorCode::io, path + ": " + std::string(operation) +
                                   ": a symbolic link on the way leads out of the output folder");
  return system_error(path, operation, error);
}

tl::unexpected<Error> write_error(const std::string& path, std::string_view operation, int error) {
  auto failure = path_error(path, operation, error);
  if (failure.value().code == ErrorCode::not_found)
    failure.value().code = ErrorCode::io;
  return failure;
}

}  // namespace

OutputFolder::OutputFolder(std::string root, std::int64_t mtime_ns)
    : m_root(std::move(root)), m_mtime_ns(mtime_ns) {}

void OutputFolder::sweep() const {
  TemporaryFolder::sweep(m_root);
}

Result<void> OutputFolder::make() {
  const std::lock_guard lock(m_mutex);
  return open_root(Missing::make);
}

std::string OutputFolder::full(std::string_view path) const {
  return m_root + "/" + std::string(path);
}

Result<void> OutputFolder::open_root(Missing missing) {
  if (m_descriptor.is_open())
    return {};
  if (missing == Missing::make)
    IMGOPT_TRY(make_folders(m_root));
  m_descriptor = Descriptor(::open(m_root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!m_descriptor.is_open())
    return system_error(m_root, "cannot open the output folder", errno);
  return {};
}

Result<std::shared_ptr<Descriptor>> OutputFolder::open_folder(const std::string& relative, Missing missing) {
  constexpr int k_flags = O_PATH | O_DIRECTORY;
  int fd = relative.empty() ? ::openat(m_descriptor.get(), ".", k_flags | O_CLOEXEC)
                            : open_beneath(m_descriptor.get(), relative, k_flags);
  if (fd < 0 && errno == ENOENT && missing == Missing::make && !relative.empty()) {
    IMGOPT_ASSIGN(const auto parent, open_folder(std::string(parent_of(relative)), missing));
    if (::mkdirat(parent->get(), std::string(leaf_of(relative)).c_str(), 0777) != 0 && errno != EEXIST)
      return write_error(full(relative), "cannot make the folder", errno);
    fd = open_beneath(m_descriptor.get(), relative, k_flags);
  }
  if (fd < 0) {
    const int error = errno;
    return missing == Missing::make && !leads_out(error)
               ? write_error(full(relative), "cannot make the folder", error)
               : path_error(full(relative), "cannot open the folder", error);
  }
  return std::make_shared<Descriptor>(fd);
}

Result<std::shared_ptr<Descriptor>> OutputFolder::folder_of(std::string_view path, Missing missing) {
  const std::string_view parent = parent_of(path);
  const std::lock_guard lock(m_mutex);
  for (const OpenFolder& open : m_open)
    if (open.descriptor && open.name == parent)
      return open.descriptor;
  IMGOPT_TRY(open_root(missing));
  OpenFolder& slot = m_open[m_next_slot];
  IMGOPT_ASSIGN(slot.descriptor, open_folder(std::string(parent), missing));
  slot.name = parent;
  m_next_slot = (m_next_slot + 1) % m_open.size();
  return slot.descriptor;
}

void OutputFolder::forget(std::string_view folder) {
  const std::lock_guard lock(m_mutex);
  for (OpenFolder& open : m_open)
    if (open.name == folder)
      open.descriptor.reset();
}

Result<std::optional<FileStat>> OutputFolder::stat(const std::string& path) {
  const auto folder = folder_of(path, Missing::fail);
  if (!folder) {
    if (folder.error().code == ErrorCode::not_found)
      return std::nullopt;
    return tl::unexpected<Error>(folder.error());
  }
  struct stat raw;
  if (::fstatat((*folder)->get(), std::string(leaf_of(path)).c_str(), &raw, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT)
      return std::nullopt;
    return system_error(full(path), "cannot stat", errno);
  }
  if (!S_ISREG(raw.st_mode))
    return std::nullopt;
  FileStat found;
  found.device = raw.st_dev;
  found.inode = raw.st_ino;
  found.size = static_cast<std::uint64_t>(raw.st_size);
  found.mtime_ns = std::int64_t{raw.st_mtim.tv_sec} * 1'000'000'000 + raw.st_mtim.tv_nsec;
  found.ctime_ns = std::int64_t{raw.st_ctim.tv_sec} * 1'000'000'000 + raw.st_ctim.tv_nsec;
  return found;
}

Result<Bytes> OutputFolder::read(const std::string& path, std::uint64_t max_bytes) {
  IMGOPT_ASSIGN(const auto folder, folder_of(path, Missing::fail));
  const Descriptor file(::openat(folder->get(), std::string(leaf_of(path)).c_str(),
                                 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open())
    return system_error(full(path), "cannot open", errno);
  return read_descriptor(file.get(), full(path), max_bytes);
}

Result<std::string> OutputFolder::next_temporary() {
  const std::lock_guard lock(m_mutex);
  if (!m_temporaries) {
    IMGOPT_ASSIGN(TemporaryFolder temporaries, TemporaryFolder::create(m_root));
    m_temporaries.emplace(std::move(temporaries));
  }
  return m_temporaries->next_name();
}

Result<void> OutputFolder::fill(int file, const std::string& path, ByteView content) const {
  IMGOPT_TRY(write_descriptor(file, content, full(path)));
  return set_times(file, m_mtime_ns, full(path));
}

Result<FileStat> OutputFolder::put_in_place(int file, const std::string& temporary, int folder,
                                            const std::string& path) {
  const int temporaries = m_temporaries->descriptor();
  if (::renameat(temporaries, temporary.c_str(), folder, std::string(leaf_of(path)).c_str()) != 0) {
    const int error = errno;
    ::unlinkat(temporaries, temporary.c_str(), 0);
    return write_error(full(path), "cannot rename into place", error);
  }
  return stat_named(file, path);
}

Result<FileStat> OutputFolder::stat_named(int file, const std::string& path) const {
  IMGOPT_ASSIGN(const FileStatus status, stat_descriptor(file, full(path)));
  return status.stat;
}

Result<std::optional<Descriptor>> OutputFolder::fill_unnamed(int folder, const std::string& path,
                                                             ByteView content) const {
  IMGOPT_ASSIGN(auto file, create_unnamed_file(folder, 0666, full(path)));
  if (file)
    IMGOPT_TRY(fill(file->get(), path, content));
  return file;
}

Result<std::optional<FileStat>> OutputFolder::write_unnamed(int folder, const std::string& path,
                                                            ByteView content) {
  IMGOPT_ASSIGN(const auto file, fill_unnamed(folder, path, content));
  if (!file)
    return std::nullopt;
  int error = name_unnamed_file(file->get(), folder, std::string(leaf_of(path)).c_str());
  if (error == 0)
    return stat_named(file->get(), path);
  if (error != EEXIST)
    return std::nullopt;
  IMGOPT_ASSIGN(const std::string temporary, next_temporary());
  error = name_unnamed_file(file->get(), m_temporaries->descriptor(), temporary.c_str());
  if (error != 0)
    return std::nullopt;
  IMGOPT_ASSIGN(const FileStat stat, put_in_place(file->get(), temporary, folder, path));
  return stat;
}

Result<FileStat> OutputFolder::write_named(int folder, const std::string& path, ByteView content) {
  IMGOPT_ASSIGN(const std::string temporary, next_temporary());
  const int temporaries = m_temporaries->descriptor();
  const Descriptor file(
      ::openat(temporaries, temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file.is_open())
    return write_error(full(path), "cannot create", errno);
  if (auto filled = fill(file.get(), path, content); !filled) {
    ::unlinkat(temporaries, temporary.c_str(), 0);
    return tl::unexpected<Error>(std::move(filled).error());
  }
  return put_in_place(file.get(), temporary, folder, path);
}

Result<std::optional<FileStat>> OutputFolder::create(const std::string& path, ByteView content) {
  if (!m_has_unnamed_files.load(std::memory_order_relaxed))
    return std::nullopt;
  IMGOPT_ASSIGN(const auto folder, folder_of(path, Missing::make));
  IMGOPT_ASSIGN(const auto file, fill_unnamed(folder->get(), path, content));
  if (!file || name_unnamed_file(file->get(), folder->get(), std::string(leaf_of(path)).c_str()) != 0)
    return std::nullopt;
  return stat_named(file->get(), path);
}

Result<FileStat> OutputFolder::write(const std::string& path, ByteView content) {
  IMGOPT_ASSIGN(const auto folder, folder_of(path, Missing::make));
  if (m_has_unnamed_files.load(std::memory_order_relaxed)) {
    IMGOPT_ASSIGN(const auto written, write_unnamed(folder->get(), path, content));
    if (written)
      return *written;
    m_has_unnamed_files.store(false, std::memory_order_relaxed);
  }
  return write_named(folder->get(), path, content);
}

Result<void> OutputFolder::remove(const std::string& path) {
  {
    const auto folder = folder_of(path, Missing::fail);
    if (!folder) {
      if (folder.error().code == ErrorCode::not_found)
        return {};
      return tl::unexpected<Error>(folder.error());
    }
    if (::unlinkat((*folder)->get(), std::string(leaf_of(path)).c_str(), 0) != 0 && errno != ENOENT)
      return system_error(full(path), "cannot remove", errno);
  }
  std::string_view parent = parent_of(path);
  while (!parent.empty()) {
    const auto above = folder_of(parent, Missing::fail);
    if (!above || ::unlinkat((*above)->get(), std::string(leaf_of(parent)).c_str(), AT_REMOVEDIR) != 0)
      break;
    forget(parent);
    parent = parent_of(parent);
  }
  return {};
}

}  // namespace imgopt
