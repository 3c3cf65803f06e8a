// A folder of a test's own, filled by it and removed with it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "tool/scan/scan.hpp"

namespace imgopt {

class TemporaryTree {
public:
  TemporaryTree() {
    std::string pattern = (std::filesystem::temp_directory_path() / "imgopt-scan-XXXXXX").string();
    if (::mkdtemp(pattern.data()))
      m_root = pattern;
    else
      ADD_FAILURE() << "cannot make a temporary folder";
  }
  ~TemporaryTree() {
    std::error_code ignored;
    std::filesystem::remove_all(m_root, ignored);
  }
  TemporaryTree(const TemporaryTree&) = delete;
  TemporaryTree& operator=(const TemporaryTree&) = delete;

  [[nodiscard]] std::string path(std::string_view name = "") const {
    return name.empty() ? m_root : m_root + "/" + std::string(name);
  }
  void add_file(std::string_view name, std::string_view text = "x") const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::ofstream(path(name), std::ios::binary) << text;
    ASSERT_TRUE(std::filesystem::exists(path(name))) << name;
  }
  void add_files(const std::vector<std::string>& names) const {
    for (const std::string& name : names)
      add_file(name);
  }
  void add_folder(std::string_view name) const { std::filesystem::create_directories(path(name)); }
  void add_link(std::string_view name, std::string_view target) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::filesystem::create_symlink(target, path(name));
  }
  [[nodiscard]] FolderId id(std::string_view name) const {
    const auto status = stat_file(path(name));
    return {(*status)->stat.device, (*status)->stat.inode};
  }

private:
  std::string m_root;
};

class ScanTest : public testing::Test {
protected:
  // Of the tree's root, where no sources are named.
  ScanResult scanned(ScanRequest request = {}) const {
    if (request.sources.empty())
      request.sources = {tree.path()};
    auto result = scan(request);
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result ? std::move(*result) : ScanResult();
  }

  static std::vector<std::string> names(const ScanResult& result) {
    std::vector<std::string> names;
    for (const ScannedFile& file : result.files)
      names.push_back(file.name);
    return names;
  }

  static std::vector<Glob> globs(const std::vector<std::string>& patterns) {
    std::vector<Glob> globs;
    for (const std::string& pattern : patterns)
      globs.push_back(Glob::parse(pattern).value());
    return globs;
  }

  TemporaryTree tree;
};

}  // namespace imgopt
