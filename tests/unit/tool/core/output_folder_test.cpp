#include "tool/state/output_folder.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdio.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "base/temporary_folder.hpp"
#include "tests/unit/base/scratch_folder.hpp"

namespace imgopt {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t k_time_ns = 1'700'000'000'123'000'000;

class OutputFolderTest : public testing::Test {
protected:
  std::string written(const std::string& path, std::string_view content) {
    const auto stat = out.write(path, view(content));
    return stat ? "" : stat.error().message;
  }

  ScratchFolder scratch;
  OutputFolder out{scratch.path("out"), k_time_ns};
};

TEST_F(OutputFolderTest, IsNotMadeBeforeTheFirstOutput) {
  EXPECT_FALSE(out.stat("a/b.png").value());
  EXPECT_TRUE(out.remove("a/b.png"));
  out.sweep();
  EXPECT_FALSE(scratch.exists("out"));
}

TEST_F(OutputFolderTest, WritesWithFoldersAndItsTime) {
  const FileStat stat = out.write("a/b/c.png", view("content")).value();
  EXPECT_EQ(scratch.read("out/a/b/c.png"), "content");
  EXPECT_EQ(stat, scratch.stat("out/a/b/c.png"));
  EXPECT_EQ(stat.mtime_ns, k_time_ns);
  EXPECT_EQ(out.stat("a/b/c.png").value(), stat);
  EXPECT_EQ(text_of(out.read("a/b/c.png", 7).value()), "content");
  EXPECT_FALSE(out.read("a/b/c.png", 6));
}

TEST_F(OutputFolderTest, LeavesNoTemporaryBehind) {
  {
    OutputFolder other(scratch.path("out"), k_time_ns);
    ASSERT_TRUE(other.write("a.png", view("x")));
  }
  EXPECT_THAT(scratch.names("out"), ElementsAre("a.png"));
}

TEST_F(OutputFolderTest, ReplacesAFileByAnother) {
  ASSERT_TRUE(out.write("a.png", view("old")));
  const FileStat old = scratch.stat("out/a.png");
  ASSERT_TRUE(out.write("a.png", view("new")));
  EXPECT_EQ(scratch.read("out/a.png"), "new");
  EXPECT_NE(scratch.stat("out/a.png").inode, old.inode);
}

TEST_F(OutputFolderTest, GivesTheModeThatUmaskGives) {
  const mode_t before = ::umask(027);
  EXPECT_TRUE(out.write("a.png", view("x")));
  ::umask(before);
  EXPECT_EQ(stat_file(scratch.path("out/a.png")).value()->mode, 0640u);
}

TEST_F(OutputFolderTest, NeverFollowsAFolderLinkThatLeadsOut) {
  scratch.make_folder("out");
  scratch.make_folder("elsewhere");
  scratch.write("elsewhere/theirs.png", "theirs");
  std::filesystem::create_symlink("../elsewhere", scratch.path("out/link"));
  EXPECT_THAT(written("link/a.png", "x"), HasSubstr("leads out of the output folder"));
  EXPECT_THAT(written("link/deep/a.png", "x"), HasSubstr("leads out of the output folder"));
  EXPECT_FALSE(out.stat("link/theirs.png"));
  EXPECT_FALSE(out.read("link/theirs.png", 100));
  EXPECT_FALSE(out.remove("link/theirs.png"));
  EXPECT_THAT(scratch.names("elsewhere"), ElementsAre("theirs.png"));
}

TEST_F(OutputFolderTest, NeverFollowsAnAbsoluteLink) {
  scratch.make_folder("out");
  scratch.make_folder("elsewhere");
  std::filesystem::create_symlink(scratch.path("elsewhere"), scratch.path("out/link"));
  EXPECT_NE(written("link/a.png", "x"), "");
  EXPECT_THAT(scratch.names("elsewhere"), IsEmpty());
}

// Somebody swaps a folder of outputs for a link that leads out, back and forth, while outputs are written,
// read and removed. Each round opens the folders anew.
TEST_F(OutputFolderTest, NothingLeavesTheFolderWhileLinksAreSwappedIn) {
  scratch.make_folder("out/a/b");
  scratch.make_folder("elsewhere/b");
  scratch.write("elsewhere/b/theirs.png", "theirs");
  std::filesystem::create_symlink("../elsewhere", scratch.path("out/link"));
  std::atomic<bool> is_done{false};
  std::thread swapper([&] {
    while (!is_done)
      ::renameat2(AT_FDCWD, scratch.path("out/a").c_str(), AT_FDCWD, scratch.path("out/link").c_str(),
                  RENAME_EXCHANGE);
  });
  unsigned written_well = 0;
  unsigned refused = 0;
  for (int round = 0; round < 3000; ++round) {
    OutputFolder fresh(scratch.path("out"), k_time_ns);
    (fresh.write("a/b/c.png", view("ours")) ? written_well : refused) += 1;
    if (const auto read = fresh.read("a/b/theirs.png", 100); read)
      ADD_FAILURE() << "it was read from elsewhere";
    static_cast<void>(fresh.remove("a/b/theirs.png"));
    static_cast<void>(fresh.write("a/new/c.png", view("ours")));
    static_cast<void>(fresh.remove("a/new/c.png"));
  }
  is_done = true;
  swapper.join();
  EXPECT_THAT(scratch.names("elsewhere"), ElementsAre("b"));
  EXPECT_THAT(scratch.names("elsewhere/b"), ElementsAre("theirs.png"));
  EXPECT_EQ(written_well + refused, 3000u);
}

// What stands already is replaced by way of a temporary.
TEST_F(OutputFolderTest, ItsTemporariesAreMadeBehindNoLink) {
  scratch.write("out/a.png", "old");
  scratch.make_folder("elsewhere");
  std::filesystem::create_symlink("../elsewhere", scratch.path("out/" + std::string(k_temporary_name)));
  EXPECT_NE(written("a.png", "x"), "");
  EXPECT_EQ(scratch.read("out/a.png"), "old");
  EXPECT_THAT(scratch.names("elsewhere"), IsEmpty());
}

TEST_F(OutputFolderTest, ItsTemporariesStayWhereTheyWereMade) {
  scratch.make_folder("elsewhere");
  scratch.write("out/a.png", "old");
  scratch.write("out/b.png", "old");
  ASSERT_EQ(written("a.png", "x"), "");
  std::filesystem::rename(scratch.path("out/" + std::string(k_temporary_name)), scratch.path("moved"));
  std::filesystem::create_symlink("../elsewhere", scratch.path("out/" + std::string(k_temporary_name)));
  EXPECT_EQ(written("b.png", "y"), "");
  EXPECT_EQ(scratch.read("out/b.png"), "y");
  EXPECT_THAT(scratch.names("elsewhere"), IsEmpty());
}

// Where the file system has unnamed files, which this test needs.
TEST_F(OutputFolderTest, NewOutputsNeedNoTemporary) {
  ASSERT_EQ(written("a/a.png", "x"), "");
  EXPECT_THAT(scratch.names("out"), ElementsAre("a"));
  ASSERT_EQ(written("a/a.png", "y"), "");
  EXPECT_THAT(scratch.names("out"), ElementsAre(k_temporary_name, "a"));
  EXPECT_EQ(scratch.read("out/a/a.png"), "y");
}

TEST_F(OutputFolderTest, CreatesNothingWhereSomethingStands) {
  const auto created = out.create("a/b.png", view("one")).value();
  if (!created)
    GTEST_SKIP() << "no unnamed files here";
  EXPECT_EQ(created, out.stat("a/b.png").value());
  EXPECT_EQ(created->mtime_ns, k_time_ns);
  scratch.write("out/a/c.png/in-the-way", "x");
  EXPECT_FALSE(out.create("a/b.png", view("two")).value());
  EXPECT_FALSE(out.create("a/c.png", view("two")).value());
  EXPECT_EQ(scratch.read("out/a/b.png"), "one");
}

TEST_F(OutputFolderTest, ReplacesALinkWhereAnOutputBelongs) {
  scratch.make_folder("out");
  scratch.write("theirs.png", "theirs");
  std::filesystem::create_symlink("../theirs.png", scratch.path("out/a.png"));
  EXPECT_FALSE(out.stat("a.png").value());
  EXPECT_FALSE(out.read("a.png", 100));
  EXPECT_EQ(written("a.png", "ours"), "");
  EXPECT_EQ(scratch.read("theirs.png"), "theirs");
  EXPECT_EQ(scratch.read("out/a.png"), "ours");
}

TEST_F(OutputFolderTest, MayStandBehindALinkItself) {
  scratch.make_folder("real");
  std::filesystem::create_symlink("real", scratch.path("out"));
  EXPECT_EQ(written("a/b.png", "x"), "");
  EXPECT_EQ(scratch.read("real/a/b.png"), "x");
}

TEST_F(OutputFolderTest, SaysThatAFileIsInTheWayOfAFolder) {
  scratch.write("out/a", "theirs");
  const auto stat = out.write("a/b.png", view("x"));
  ASSERT_FALSE(stat);
  EXPECT_EQ(stat.error().code, ErrorCode::io);
  EXPECT_THAT(stat.error().message, HasSubstr("out/a"));
  EXPECT_FALSE(out.stat("a/b.png").value());
  EXPECT_EQ(scratch.read("out/a"), "theirs");
}

TEST_F(OutputFolderTest, SaysThatAFolderIsInTheWayOfAFile) {
  scratch.write("out/a.png/theirs", "theirs");
  const auto stat = out.write("a.png", view("x"));
  ASSERT_FALSE(stat);
  EXPECT_EQ(stat.error().code, ErrorCode::io);
  EXPECT_FALSE(out.stat("a.png").value());
  EXPECT_EQ(scratch.read("out/a.png/theirs"), "theirs");
}

TEST_F(OutputFolderTest, RemovesAFileAndTheFoldersThatItLeavesEmpty) {
  ASSERT_TRUE(out.write("a/b/c/one.png", view("x")));
  ASSERT_TRUE(out.write("a/two.png", view("x")));
  ASSERT_TRUE(out.remove("a/b/c/one.png"));
  EXPECT_THAT(scratch.names("out/a"), ElementsAre("two.png"));
  ASSERT_TRUE(out.remove("a/two.png"));
  EXPECT_FALSE(scratch.exists("out/a"));
  EXPECT_TRUE(scratch.exists("out"));
}

TEST_F(OutputFolderTest, KeepsAFolderThatHoldsAForeignFile) {
  ASSERT_TRUE(out.write("a/b/one.png", view("x")));
  scratch.write("out/a/b/.theirs", "theirs");
  ASSERT_TRUE(out.remove("a/b/one.png"));
  EXPECT_THAT(scratch.files("out/a"), ElementsAre("b/.theirs"));
}

TEST_F(OutputFolderTest, WritesAgainIntoAFolderThatItRemoved) {
  ASSERT_TRUE(out.write("a/one.png", view("x")));
  ASSERT_TRUE(out.remove("a/one.png"));
  EXPECT_EQ(written("a/two.png", "x"), "");
  EXPECT_EQ(scratch.read("out/a/two.png"), "x");
}

TEST_F(OutputFolderTest, ManyThreadsWriteAtOnce) {
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 50; ++i) {
          const std::string path = std::to_string(i % 5) + "/" + std::to_string(t) + "/" + std::to_string(i);
          if (!out.write(path, view(path)) || !out.stat(path).value())
            ADD_FAILURE() << path;
        }
      });
  }
  for (const std::string& path : scratch.files("out"))
    if (!path.starts_with(k_temporary_name)) {
      EXPECT_EQ(scratch.read("out/" + path), path);
    }
}

}  // namespace
}  // namespace imgopt
