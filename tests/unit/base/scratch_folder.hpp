// A folder of a test's own, removed with it, and the few ways in which tests of files look at and fill it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/bytes.hpp"
#include "base/file.hpp"

namespace imgopt {

inline ByteView view(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

inline std::string text_of(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}

class ScratchFolder {
public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "imgopt-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr)
      m_root = pattern;
    else
      ADD_FAILURE() << "cannot make a temporary folder";
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(m_root, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  [[nodiscard]] std::string path(std::string_view name = "") const {
    return name.empty() ? m_root : m_root + "/" + std::string(name);
  }
  void write(std::string_view name, std::string_view text) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::ofstream(path(name), std::ios::binary) << text;
    ASSERT_TRUE(exists(name)) << name;
  }
  [[nodiscard]] std::string read(std::string_view name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] bool exists(std::string_view name) const {
    std::error_code ignored;
    return std::filesystem::exists(std::filesystem::symlink_status(path(name), ignored));
  }
  void make_folder(std::string_view name) const { std::filesystem::create_directories(path(name)); }
  void remove(std::string_view name) const { std::filesystem::remove_all(path(name)); }
  [[nodiscard]] FileStat stat(std::string_view name) const {
    const auto status = stat_file(path(name));
    EXPECT_TRUE(status && *status) << name;
    return status && *status ? (*status)->stat : FileStat();
  }
  // Names in a folder, sorted, hidden ones too.
  [[nodiscard]] std::vector<std::string> names(std::string_view folder = "") const {
    std::vector<std::string> names;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(path(folder), ignored))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }
  // Every regular file below a folder, relative to it, sorted.
  [[nodiscard]] std::vector<std::string> files(std::string_view folder = "") const {
    std::vector<std::string> names;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path(folder), ignored))
      if (entry.is_regular_file())
        names.push_back(std::filesystem::relative(entry.path(), path(folder)).string());
    std::sort(names.begin(), names.end());
    return names;
  }

private:
  std::string m_root;
};

}  // namespace imgopt
