#include "tool/text/folders.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>

namespace imgopt {
namespace {

constexpr std::array k_variables = {"IMGOPT_CACHE_DIR", "XDG_CACHE_HOME", "XDG_STATE_HOME", "HOME"};

// Gives each test an environment without any of the variables, and the old one back afterwards.
class Folders : public testing::Test {
protected:
  void SetUp() override {
    for (const char* name : k_variables) {
      const char* value = std::getenv(name);
      if (value != nullptr)
        m_before[name] = value;
      ::unsetenv(name);
    }
  }
  void TearDown() override {
    for (const char* name : k_variables) {
      if (const auto found = m_before.find(name); found != m_before.end())
        ::setenv(name, found->second.c_str(), 1);
      else
        ::unsetenv(name);
    }
  }

private:
  std::map<std::string, std::string> m_before;
};

TEST_F(Folders, OptionWinsOverEveryVariable) {
  ::setenv("IMGOPT_CACHE_DIR", "/b", 1);
  ::setenv("HOME", "/h", 1);
  EXPECT_EQ(cache_folder("given/").value(), "given");
}

TEST_F(Folders, OwnVariableWinsOverXdg) {
  ::setenv("IMGOPT_CACHE_DIR", "/b", 1);
  ::setenv("XDG_CACHE_HOME", "/x", 1);
  EXPECT_EQ(cache_folder(std::nullopt).value(), "/b");
}

TEST_F(Folders, XdgWinsOverHome) {
  ::setenv("XDG_CACHE_HOME", "/x/", 1);
  ::setenv("XDG_STATE_HOME", "/s", 1);
  ::setenv("HOME", "/h", 1);
  EXPECT_EQ(cache_folder(std::nullopt).value(), "/x/imgopt");
  EXPECT_EQ(state_folder().value(), "/s/imgopt");
}

TEST_F(Folders, RelativeAndEmptyXdgAreIgnored) {
  ::setenv("IMGOPT_CACHE_DIR", "", 1);
  ::setenv("XDG_CACHE_HOME", "x", 1);
  ::setenv("XDG_STATE_HOME", "", 1);
  ::setenv("HOME", "/h", 1);
  EXPECT_EQ(cache_folder(std::nullopt).value(), "/h/.cache/imgopt");
  EXPECT_EQ(state_folder().value(), "/h/.local/state/imgopt");
}

TEST_F(Folders, NothingToGoByIsAnError) {
  EXPECT_EQ(cache_folder(std::nullopt).error().code, ErrorCode::io);
  EXPECT_EQ(state_folder().error().code, ErrorCode::io);
  ::setenv("HOME", "relative", 1);
  EXPECT_EQ(cache_folder(std::nullopt).error().code, ErrorCode::io);
}

}  // namespace
}  // namespace imgopt
