// Descriptors, file status and the few whole-file operations that the program needs. POSIX sits behind this
// header; every error names the path, the operation and the system's reason.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace imgopt {

// Owns one file descriptor.
class Descriptor {
public:
  Descriptor() = default;
  explicit Descriptor(int fd) : m_fd(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : m_fd(std::exchange(other.m_fd, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      m_fd = std::exchange(other.m_fd, -1);
    }
    return *this;
  }
  [[nodiscard]] int get() const { return m_fd; }
  [[nodiscard]] bool is_open() const { return m_fd >= 0; }
  void reset();

private:
  int m_fd = -1;
};

// What tells that a file is still the one that was read. Times are nanoseconds since the epoch.
struct FileStat {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  auto operator<=>(const FileStat&) const = default;
};

enum class FileType : std::uint8_t { regular, folder, other };

struct FileStatus {
  FileStat stat;
  FileType type = FileType::other;
  std::uint32_t mode = 0;  // permission bits
};

// "PATH: OPERATION: the system's reason" from errno. ENOENT and ENOTDIR are ErrorCode::not_found, the rest
// io.
[[nodiscard]] tl::unexpected<Error> system_error(std::string_view path, std::string_view operation,
                                                 int error);
// The same for what was to be made: a missing parent is io, since nothing was asked for that is not there.
[[nodiscard]] tl::unexpected<Error> creation_error(std::string_view path, std::string_view operation,
                                                   int error);

// Follows symbolic links. nullopt where nothing is there (ENOENT, ENOTDIR).
[[nodiscard]] Result<std::optional<FileStatus>> stat_file(const std::string& path);
// The same below an open folder.
[[nodiscard]] Result<std::optional<FileStatus>> stat_file_at(int folder, const char* name,
                                                             std::string_view path);
[[nodiscard]] Result<FileStatus> stat_descriptor(int fd, std::string_view path);

// The same of what is to be read whole: fails with io for a folder, a pipe, a device.
[[nodiscard]] Result<FileStatus> stat_regular(int fd, std::string_view path);

[[nodiscard]] Result<Descriptor> open_for_reading(const std::string& path);

// Reads a regular file from its start to its end. Fails with limit_exceeded beyond `max_bytes`.
[[nodiscard]] Result<Bytes> read_descriptor(int fd, std::string_view path, std::uint64_t max_bytes);
[[nodiscard]] Result<Bytes> read_file(const std::string& path, std::uint64_t max_bytes = UINT64_MAX);
// A text that has to fit into memory several times over, whoever wrote it: no larger one is read.
inline constexpr std::uint64_t k_max_text_bytes = std::uint64_t{1} << 30;
[[nodiscard]] Result<std::string> read_text_file(const std::string& path,
                                                 std::uint64_t max_bytes = k_max_text_bytes);

[[nodiscard]] Result<void> write_descriptor(int fd, ByteView bytes, std::string_view path);
// Reads `out.size()` bytes at `offset`; a shorter file is ErrorCode::corrupt.
[[nodiscard]] Result<void> read_at(int fd, std::span<std::uint8_t> out, std::uint64_t offset,
                                   std::string_view path);

// Creates a folder and its parents with `mode` (before umask); an existing folder is fine.
[[nodiscard]] Result<void> make_folders(const std::string& path, std::uint32_t mode = 0777);

// Makes the folder that `path` stands in, with its parents.
[[nodiscard]] Result<void> make_parent_folders(const std::string& path);

// Removes a file; one that is already gone is fine.
[[nodiscard]] Result<void> remove_file(const std::string& path);

// Sets both times of an open file.
[[nodiscard]] Result<void> set_times(int fd, std::int64_t mtime_ns, std::string_view path);

// Asks the kernel to copy by reference or inside the kernel: reflink, else copy_file_range, else read and
// write. Both files are positioned at their start; the whole of `source_size` bytes from `source_offset` is
// copied.
[[nodiscard]] Result<void> copy_range(int source, std::uint64_t source_offset, std::uint64_t size, int target,
                                      std::string_view path);

// A file that appears under its name whole or not at all: written beside it under a temporary name, renamed
// by commit(). The destructor discards what was not committed.
class AtomicFile {
public:
  // The temporary file stands in `path`'s folder, which must exist. Mode is 0666 less umask unless told.
  [[nodiscard]] static Result<AtomicFile> create(const std::string& path, std::uint32_t mode = 0666);
  ~AtomicFile();
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;

  [[nodiscard]] int descriptor() const { return m_file.get(); }
  [[nodiscard]] Result<void> write(ByteView bytes);
  [[nodiscard]] Result<void> write(std::string_view text);
  // Gives the file its name; with a time, sets it before that.
  [[nodiscard]] Result<void> commit(std::optional<std::int64_t> mtime_ns = std::nullopt);

private:
  AtomicFile(Descriptor file, std::string temporary, std::string path)
      : m_file(std::move(file)), m_temporary(std::move(temporary)), m_path(std::move(path)) {}
  Descriptor m_file;
  std::string m_temporary;
  std::string m_path;
};

// Writes `text` to `path` by way of AtomicFile.
[[nodiscard]] Result<void> write_file(const std::string& path, std::string_view text,
                                      std::optional<std::int64_t> mtime_ns = std::nullopt);
enum class Written { yes, unchanged };
// The same, but leaves a file alone that already holds exactly `text`.
[[nodiscard]] Result<Written> write_file_if_different(const std::string& path, std::string_view text,
                                                      std::optional<std::int64_t> mtime_ns = std::nullopt);

// An advisory lock on an open file, freed by the kernel when its descriptor closes.
enum class LockOutcome { taken, held_by_another };
[[nodiscard]] Result<LockOutcome> try_lock(int fd, std::string_view path);
// The same, and waits while another holds it; from a signal on (Interrupts) for so long at most, then it
// fails with interrupted.
[[nodiscard]] Result<void> wait_for_lock(int fd, std::string_view path,
                                         std::chrono::milliseconds after_signal);

// Names in a folder but "." and "..", in the folder's own order; none where it cannot be read.
[[nodiscard]] std::vector<std::string> names_in(const std::string& folder);

}  // namespace imgopt
