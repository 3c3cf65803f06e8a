#include "tool/scan/scan_folder.hpp"

#include <algorithm>
#include <cerrno>

#include "base/file.hpp"

namespace imgopt {
namespace {

EntryType type_of(unsigned char type) {
  switch (type) {
    case DT_REG:
      return EntryType::regular;
    case DT_DIR:
      return EntryType::folder;
    case DT_LNK:
      return EntryType::link;
    case DT_UNKNOWN:
      return EntryType::unknown;
    default:
      return EntryType::other;
  }
}

std::uint64_t leading_bytes(std::string_view text) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof(number); ++i)
    number = number << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0U);
  return number;
}

}  // namespace

Result<void> FolderListing::open(const std::string& path) {
  m_folder.reset(::opendir(path.empty() ? "." : path.c_str()));
  if (!m_folder)
    return system_error(path, "cannot open folder", errno);
  return {};
}

Result<void> FolderListing::read(std::string_view path) {
  m_names.clear();
  m_entries.clear();
  for (;;) {
    errno = 0;
    const dirent* const found = ::readdir(m_folder.get());
    if (!found) {
      if (errno != 0)
        return system_error(path, "cannot read folder", errno);
      break;
    }
    const std::string_view name = found->d_name;
    if (name == "." || name == "..")
      continue;
    if (m_names.size() > UINT32_MAX - name.size() - 1)
      return fail(ErrorCode::limit_exceeded,
                  std::string(path) + ": cannot read folder: its names exceed 4 GiB");
    m_entries.push_back({0, static_cast<std::uint32_t>(m_names.size()),
                         static_cast<std::uint32_t>(name.size()), type_of(found->d_type)});
    m_names.append(name).push_back('\0');
  }
  sort();
  return {};
}

void FolderListing::sort() {
  if (m_entries.empty())
    return;
  // Numbered files share a long beginning: what tells them apart is put into a number.
  const std::string_view first = name(m_entries.front());
  std::size_t shared = first.size();
  for (const Entry& entry : m_entries) {
    const std::string_view other = name(entry).substr(0, shared);
    shared = static_cast<std::size_t>(std::mismatch(other.begin(), other.end(), first.begin()).first -
                                      other.begin());
  }
  for (Entry& entry : m_entries)
    entry.order = leading_bytes(name(entry).substr(shared));
  std::sort(m_entries.begin(), m_entries.end(), [this](const Entry& a, const Entry& b) {
    return a.order != b.order ? a.order < b.order : name(a) < name(b);
  });
}

const FolderListing::Entry* FolderListing::find(std::string_view wanted) const {
  const auto found = std::find_if(m_entries.begin(), m_entries.end(),
                                  [&](const Entry& entry) { return name(entry) == wanted; });
  return found == m_entries.end() ? nullptr : &*found;
}

}  // namespace imgopt
