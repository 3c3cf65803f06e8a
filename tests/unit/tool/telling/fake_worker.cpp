#include "fake_worker.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace imgopt {

FakeWorker::FakeWorker(const std::string& script) : m_folder(testing::TempDir() + "imgopt-telling-XXXXXX") {
  if (::mkdtemp(m_folder.data()) == nullptr)
    throw std::runtime_error("no temporary folder");
  const std::string path = m_folder + "/worker";
  std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
  ::chmod(path.c_str(), 0700);
  ::setenv("IMGOPT_WORKER", path.c_str(), 1);
}

FakeWorker::~FakeWorker() {
  ::unsetenv("IMGOPT_WORKER");
  std::error_code ignored;
  std::filesystem::remove_all(m_folder, ignored);
}

}  // namespace imgopt
