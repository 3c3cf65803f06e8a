#include "base/replace_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.hpp"

namespace imgopt {

namespace {

constexpr mode_t k_set_id_bits = S_ISUID | S_ISGID;

// What the system does not let us copy (labels, trusted attributes) is its to decide.
void copy_attributes(int source, int target) {
  const ssize_t size = ::flistxattr(source, nullptr, 0);
  if (size <= 0)
    return;
  std::vector<char> names(static_cast<std::size_t>(size));
  const ssize_t listed = ::flistxattr(source, names.data(), names.size());
  for (std::string_view rest(names.data(), static_cast<std::size_t>(listed < 0 ? 0 : listed));
       !rest.empty();) {
    const std::string name(rest.substr(0, rest.find('\0')));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    const ssize_t length = ::fgetxattr(source, name.c_str(), nullptr, 0);
    if (length < 0)
      continue;
    std::vector<char> value(static_cast<std::size_t>(length));
    const ssize_t got = ::fgetxattr(source, name.c_str(), value.data(), value.size());
    if (got >= 0)
      static_cast<void>(::fsetxattr(target, name.c_str(), value.data(), static_cast<std::size_t>(got), 0));
  }
}

void copy_ownership(const struct stat& source, int old_file, int target) {
  const bool is_owned = ::fchown(target, source.st_uid, source.st_gid) == 0;
  copy_attributes(old_file, target);
  // After the owner, whose change clears set-id bits; a file that became ours must not run as somebody else.
  static_cast<void>(::fchmod(target, source.st_mode & 07777 & ~(is_owned ? 0 : k_set_id_bits)));
}

std::string leaf_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// The folder that a file is in and stays in, whatever stands at its path by now.
Result<Descriptor> open_folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  Descriptor opened(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!opened.is_open())
    return system_error(folder, "cannot open", errno);
  return opened;
}

Descriptor open_in(int folder, const std::string& name) {
  return Descriptor(::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
}

Result<bool> holds(int folder, const std::string& path, ByteView content) {
  const Descriptor file = open_in(folder, leaf_of(path));
  if (!file.is_open())
    return system_error(path, "cannot open", errno);
  const auto present = read_descriptor(file.get(), path, content.size());
  if (!present && present.error().code == ErrorCode::limit_exceeded)
    return false;
  if (!present)
    return tl::unexpected<Error>(present.error());
  return std::equal(present->begin(), present->end(), content.begin(), content.end());
}

class Temporary {
public:
  Temporary(int folder, std::string name)
      : m_folder(folder),
        m_name(std::move(name)),
        m_file(::openat(folder, m_name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {}
  ~Temporary() {
    if (m_file.is_open() && !m_name.empty())
      ::unlinkat(m_folder, m_name.c_str(), 0);
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  [[nodiscard]] int descriptor() const { return m_file.get(); }
  [[nodiscard]] bool is_open() const { return m_file.is_open(); }
  [[nodiscard]] Result<void> rename_to(int folder, const std::string& path) {
    if (::renameat(m_folder, m_name.c_str(), folder, leaf_of(path).c_str()) != 0)
      return system_error(path, "cannot rename into place", errno);
    m_name.clear();
    return {};
  }

private:
  int m_folder;
  std::string m_name;
  Descriptor m_file;
};

// The old file under a second name, which costs nothing; a copy where the file system has no links.
Result<void> keep_old(int folder, const std::string& path, int old_file, const std::string& backup) {
  if (::linkat(folder, leaf_of(path).c_str(), folder, leaf_of(backup).c_str(), 0) == 0)
    return {};
  const int error = errno;
  IMGOPT_ASSIGN(const Bytes old, read_descriptor(old_file, path, UINT64_MAX));
  if (error == EEXIST) {
    IMGOPT_ASSIGN(const bool is_same, holds(folder, backup, old));
    if (is_same)
      return {};
    return fail(ErrorCode::io, backup + ": cannot keep the original there: another file of that name exists");
  }
  Temporary copy(folder, leaf_of(backup) + ".tmp-" + random_name(8));
  if (!copy.is_open())
    return creation_error(backup, "cannot write", errno);
  IMGOPT_TRY(write_descriptor(copy.descriptor(), old, backup));
  if (::fsync(copy.descriptor()) != 0)
    return system_error(backup, "cannot write", errno);
  return copy.rename_to(folder, backup);
}

Temporary make_temporary(const Replacement& replacement, int folder) {
  const std::size_t slash = replacement.temporary.rfind('/');
  const auto given = stat_file(slash == std::string::npos ? "." : replacement.temporary.substr(0, slash));
  const bool is_same_device = given && *given && (*given)->stat.device == replacement.expected.device;
  return is_same_device ? Temporary(AT_FDCWD, replacement.temporary)
                        : Temporary(folder, leaf_of(replacement.path) + ".tmp-" + random_name(8));
}

}  // namespace

Result<Replaced> replace_file(const Replacement& replacement, ByteView content) {
  const std::string& path = replacement.path;
  IMGOPT_ASSIGN(const Descriptor folder, open_folder_of(path));
  const Descriptor old_file = open_in(folder.get(), leaf_of(path));
  if (!old_file.is_open())
    return system_error(path, "cannot open", errno);
  Temporary temporary = make_temporary(replacement, folder.get());
  if (!temporary.is_open())
    return creation_error(path, "cannot write beside it", errno);
  IMGOPT_TRY(write_descriptor(temporary.descriptor(), content, path));
  struct stat old_stat;
  if (::fstat(old_file.get(), &old_stat) != 0)
    return system_error(path, "cannot stat", errno);
  copy_ownership(old_stat, old_file.get(), temporary.descriptor());
  if (::fsync(temporary.descriptor()) != 0)
    return system_error(path, "cannot write", errno);

  IMGOPT_ASSIGN(const auto now, stat_file_at(folder.get(), leaf_of(path).c_str(), path));
  if (!now || now->stat != replacement.expected || now->type != FileType::regular)
    return fail(ErrorCode::io, path + ": it was changed during the run, and is left as it is");
  Replaced replaced;
  replaced.other_links = old_stat.st_nlink > 1 ? old_stat.st_nlink - 1 : 0;
  if (replacement.backup)
    IMGOPT_TRY(keep_old(folder.get(), path, old_file.get(), *replacement.backup));
  IMGOPT_TRY(temporary.rename_to(folder.get(), path));
  IMGOPT_ASSIGN(const FileStatus status, stat_descriptor(temporary.descriptor(), path));
  replaced.stat = status.stat;
  return replaced;
}

}  // namespace imgopt
