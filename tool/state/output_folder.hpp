// The output folder: where outputs are written, whole or not at all, and never anywhere else.
//
// Every path is resolved beneath the root's descriptor (openat2 RESOLVE_BENEATH where the kernel has it), so
// neither a name nor a symbolic link swapped in during the run leads out of it. An output is written to a
// file without a name, which is linked into place where nothing stands there. What replaces something, and
// everything where the file system knows no unnamed files, is renamed out of the run's temporary folder
// inside the root. Outputs get the mode that umask gives and the time they are told. Thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/result.hpp"
#include "base/temporary_folder.hpp"

namespace imgopt {

class OutputFolder {
public:
  // The folder is made when the first output is written. `mtime_ns` is what every file written gets.
  OutputFolder(std::string root, std::int64_t mtime_ns);

  [[nodiscard]] const std::string& root() const { return m_root; }

  // Makes the folder now, so that no work is done for one that cannot be made.
  [[nodiscard]] Result<void> make();

  // Removes what dead runs left in it.
  void sweep() const;

  // nullopt: nothing is there, or something that is no regular file.
  [[nodiscard]] Result<std::optional<FileStat>> stat(const std::string& path);
  // The content of an output, for comparing.
  [[nodiscard]] Result<Bytes> read(const std::string& path, std::uint64_t max_bytes);

  // Writes an output and returns its stat data.
  [[nodiscard]] Result<FileStat> write(const std::string& path, ByteView content);
  // The same where nothing stands at its path. nullopt: something does, or the file system has no unnamed
  // files; nothing was done.
  [[nodiscard]] Result<std::optional<FileStat>> create(const std::string& path, ByteView content);

  // Removes an output and then every folder above it, below the root, that is empty.
  [[nodiscard]] Result<void> remove(const std::string& path);

private:
  enum class Missing { fail, make };
  struct OpenFolder {
    std::string name;
    std::shared_ptr<Descriptor> descriptor;
  };
  // The descriptor of an output's folder; a few are kept, since each thread's outputs come in order.
  [[nodiscard]] Result<std::shared_ptr<Descriptor>> folder_of(std::string_view path, Missing missing);
  [[nodiscard]] Result<std::shared_ptr<Descriptor>> open_folder(const std::string& relative, Missing missing);
  // After a folder was removed: another may come to stand in its place.
  void forget(std::string_view folder);
  [[nodiscard]] Result<void> open_root(Missing missing);
  // A free name in the run's temporary folder, which is made when it is first needed.
  [[nodiscard]] Result<std::string> next_temporary();
  // Writes into an unnamed file and gives it its name. nullopt: not to be had here, and nothing was done.
  [[nodiscard]] Result<std::optional<FileStat>> write_unnamed(int folder, const std::string& path,
                                                              ByteView content);
  // An unnamed file with that content. nullopt: there are none here.
  [[nodiscard]] Result<std::optional<Descriptor>> fill_unnamed(int folder, const std::string& path,
                                                               ByteView content) const;
  // Stat data of an output that has got its name, which changed its ctime.
  [[nodiscard]] Result<FileStat> stat_named(int file, const std::string& path) const;
  [[nodiscard]] Result<FileStat> write_named(int folder, const std::string& path, ByteView content);
  [[nodiscard]] Result<void> fill(int file, const std::string& path, ByteView content) const;
  // Renames a temporary into place, or removes it where that fails.
  [[nodiscard]] Result<FileStat> put_in_place(int file, const std::string& temporary, int folder,
                                              const std::string& path);
  [[nodiscard]] std::string full(std::string_view path) const;

  std::string m_root;
  std::int64_t m_mtime_ns;
  std::atomic<bool> m_has_unnamed_files{true};  // until one could not be had
  std::mutex m_mutex;                           // guards what follows
  Descriptor m_descriptor;
  std::optional<TemporaryFolder> m_temporaries;
  std::array<OpenFolder, 16> m_open;
  std::size_t m_next_slot = 0;
};

}  // namespace imgopt
