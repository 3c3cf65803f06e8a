#include "base/private_folder.hpp"

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/file.hpp"

namespace imgopt {

Result<PrivateFolder> PrivateFolder::create(const std::string& parent) {
  std::string path = parent + "/imgopt-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr)
    return system_error(parent, "cannot make a folder in it", errno);
  return PrivateFolder(std::move(path));
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  if (!m_path.empty())
    std::filesystem::remove_all(m_path, ignored);
}

PrivateFolder::PrivateFolder(PrivateFolder&& other) noexcept : m_path(std::exchange(other.m_path, {})) {}

}  // namespace imgopt
