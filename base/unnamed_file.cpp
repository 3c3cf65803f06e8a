#include "base/unnamed_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace imgopt {

namespace {

// EISDIR: a kernel that takes the flag for O_DIRECTORY. EINVAL: a file system that refuses flags it does not
// know.
bool is_unknown_to_the_system(int error) {
  return error == EOPNOTSUPP || error == EISDIR || error == EINVAL || error == ENOSYS;
}

Result<std::optional<Descriptor>> create_at(int folder, const char* name, std::uint32_t mode,
                                            std::string_view path) {
  Descriptor file(::openat(folder, name, O_TMPFILE | O_RDWR | O_CLOEXEC, mode));
  if (file.is_open())
    return file;
  if (is_unknown_to_the_system(errno))
    return std::nullopt;
  return creation_error(path, "cannot create", errno);
}

}  // namespace

Result<std::optional<Descriptor>> create_unnamed_file(int folder, std::uint32_t mode, std::string_view path) {
  return create_at(folder, ".", mode, path);
}

Result<std::optional<Descriptor>> create_unnamed_file_in(const std::string& path, std::uint32_t mode) {
  return create_at(AT_FDCWD, path.c_str(), mode, path);
}

int name_unnamed_file(int file, int folder, const char* name) {
  if (::linkat(file, "", folder, name, AT_EMPTY_PATH) == 0)
    return 0;
  if (errno != ENOENT)
    return errno;
  // Before Linux 6.10 that is for the privileged alone; or the folder is gone, which the other way tells too.
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  return ::linkat(AT_FDCWD, link.c_str(), folder, name, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

}  // namespace imgopt
