#include "base/replace_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <thread>

#include "tests/unit/base/scratch_folder.hpp"

namespace imgopt {
namespace {

class ReplaceFile : public testing::Test {
protected:
  ReplaceFile() { folder.write("a.png", "the old content"); }

  [[nodiscard]] Replacement replacement() const {
    return {folder.path("a.png"), folder.stat("a.png"), folder.path("temporary"), std::nullopt};
  }

  ScratchFolder folder;
};

TEST_F(ReplaceFile, KeepsModeAndAttributes) {
  ASSERT_EQ(::chmod(folder.path("a.png").c_str(), 0751), 0);
  const bool has_attributes = ::setxattr(folder.path("a.png").c_str(), "user.note", "x", 1, 0) == 0;
  const Replaced replaced = replace_file(replacement(), view("new")).value();
  EXPECT_EQ(folder.read("a.png"), "new");
  EXPECT_EQ(replaced.stat, folder.stat("a.png"));
  EXPECT_EQ(replaced.other_links, 0u);
  struct stat raw;
  ASSERT_EQ(::stat(folder.path("a.png").c_str(), &raw), 0);
  EXPECT_EQ(raw.st_mode & 07777, 0751u);
  char value = 0;
  if (has_attributes) {
    EXPECT_EQ(::getxattr(folder.path("a.png").c_str(), "user.note", &value, 1), 1);
  }
  EXPECT_EQ(folder.names(), std::vector<std::string>{"a.png"});
}

TEST_F(ReplaceFile, LeavesAFileThatWasEditedMeanwhile) {
  const Replacement before = replacement();
  folder.write("a.png", "somebody's edit");
  const auto left = replace_file(before, view("new"));
  ASSERT_FALSE(left);
  EXPECT_EQ(left.error().message, before.path + ": it was changed during the run, and is left as it is");
  EXPECT_EQ(folder.read("a.png"), "somebody's edit");
  EXPECT_EQ(folder.names(), std::vector<std::string>{"a.png"});
}

TEST_F(ReplaceFile, LeavesALinkAlone) {
  ASSERT_EQ(::symlink("a.png", folder.path("link.png").c_str()), 0);
  Replacement through = replacement();
  through.path = folder.path("link.png");
  EXPECT_FALSE(replace_file(through, view("new")));
  EXPECT_EQ(folder.read("a.png"), "the old content");
}

TEST_F(ReplaceFile, KeepsTheOldContentWhereAskedAndCountsItsOtherNames) {
  ASSERT_EQ(::link(folder.path("a.png").c_str(), folder.path("b.png").c_str()), 0);
  Replacement asked = replacement();
  asked.backup = folder.path("a.png.orig");
  EXPECT_EQ(replace_file(asked, view("new"))->other_links, 1u);
  EXPECT_EQ(folder.read("a.png.orig"), "the old content");
  EXPECT_EQ(folder.read("b.png"), "the old content");
}

TEST_F(ReplaceFile, RefusesToOverwriteABackupUnlessItIsTheSame) {
  folder.write("a.png.orig", "precious");
  Replacement asked = replacement();
  asked.backup = folder.path("a.png.orig");
  EXPECT_FALSE(replace_file(asked, view("new")));
  EXPECT_EQ(folder.read("a.png"), "the old content");
  EXPECT_EQ(folder.read("a.png.orig"), "precious");
  folder.write("a.png.orig", "the old content");
  EXPECT_TRUE(replace_file(asked, view("new")));
}

// Somebody exchanges the file's folder for a link to another one all the time.
TEST_F(ReplaceFile, NeverReplacesInAFolderThatALinkLeadsToMeanwhile) {
  folder.write("real/a.png", "the old content");
  folder.write("theirs/a.png", "precious");
  ASSERT_EQ(::symlink("theirs", folder.path("link").c_str()), 0);
  const Descriptor real(::open(folder.path("real").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  std::atomic<bool> is_over{false};
  std::jthread exchange([&] {
    const std::string place = folder.path("real");
    const std::string link = folder.path("link");
    while (!is_over)
      ::renameat2(AT_FDCWD, place.c_str(), AT_FDCWD, link.c_str(), RENAME_EXCHANGE);
  });
  constexpr int k_rounds = 200;
  constexpr int k_most_rounds = 100'000;
  int replaced = 0;
  for (int i = 0; i < k_rounds || (replaced == 0 && i < k_most_rounds); ++i) {
    const FileStat expected = stat_file_at(real.get(), "a.png", "a.png").value()->stat;
    const auto outcome = replace_file(
        {folder.path("real/a.png"), expected, folder.path("temporary"), std::nullopt}, view("new"));
    replaced += outcome ? 1 : 0;
  }
  is_over = true;
  exchange.join();
  EXPECT_GT(replaced, 0);
  EXPECT_EQ(folder.read("theirs/a.png"), "precious");
}

}  // namespace
}  // namespace imgopt
