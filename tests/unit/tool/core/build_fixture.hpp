// What tests of whole builds share: a folder of sources for the fake worker (see fake_worker.cpp), a cache, a
// state and an output folder, and runs of `imgopt build` over them inside the test's own process.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/base/scratch_folder.hpp"
#include "tool/build/build_run.hpp"

namespace imgopt {

class BuildTest : public testing::Test {
protected:
  BuildTest();

  // A PNG image for the fake worker: `text` starts with a behaviour.
  void add_image(const std::string& name, const std::string& text) const;
  // The same bytes count and modification time as before, other bytes; the file stays the same file.
  void edit_in_secret(const std::string& name, const std::string& text) const;
  void remove_source(const std::string& name) const { scratch.remove("src/" + name); }

  // `imgopt build src --out out ...` with more arguments; sources named in them replace src.
  Result<BuildReport> try_build(const std::vector<std::string>& more = {},
                                const std::vector<std::string>& sources = {}) const;
  // The same where it must work.
  BuildReport build(const std::vector<std::string>& more = {},
                    const std::vector<std::string>& sources = {}) const;

  [[nodiscard]] std::string out(const std::string& name) const { return scratch.read("out/" + name); }
  [[nodiscard]] bool has_output(const std::string& name) const { return scratch.exists("out/" + name); }
  // How often the worker was asked for its fingerprint.
  [[nodiscard]] std::size_t times_asked() const;
  static std::string error_of(const BuildReport& report, const std::string& source);

  ScratchFolder scratch;
  std::vector<std::string> settings = {"--format", "webp"};
  BuildListeners listeners;
};

}  // namespace imgopt
