// Reading one folder: its entries' names and types, sorted by name.
#pragma once

#include <dirent.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace imgopt {

// What the folder itself says of an entry; `unknown` where only a stat would tell.
enum class EntryType : std::uint8_t { regular, folder, link, unknown, other };

// The folder opened last and its entries; memory is used again for the next. Not thread-safe.
class FolderListing {
public:
  struct Entry {
    std::uint64_t order = 0;  // the name's first bytes that differ within the folder, as a big-endian number
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
    EntryType type = EntryType::unknown;
  };

  // Opens a folder ("" is the current one). Errors are system_error's.
  [[nodiscard]] Result<void> open(const std::string& path);
  // Reads the entries of the opened folder, without `.` and `..`.
  [[nodiscard]] Result<void> read(std::string_view path);

  [[nodiscard]] int descriptor() const { return ::dirfd(m_folder.get()); }
  // Sorted by name, bytes compared.
  [[nodiscard]] std::span<const Entry> entries() const { return m_entries; }
  [[nodiscard]] std::string_view name(const Entry& entry) const {
    return std::string_view(m_names).substr(entry.offset, entry.length);
  }
  [[nodiscard]] const char* c_name(const Entry& entry) const { return m_names.c_str() + entry.offset; }
  // nullptr where there is none of that name.
  [[nodiscard]] const Entry* find(std::string_view name) const;

private:
  struct Closer {
    void operator()(DIR* folder) const { ::closedir(folder); }
  };
  void sort();

  std::unique_ptr<DIR, Closer> m_folder;
  std::string m_names;  // one after the other, each ending in a zero byte
  std::vector<Entry> m_entries;
};

}  // namespace imgopt
