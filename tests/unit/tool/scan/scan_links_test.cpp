#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/unit/tool/scan/temporary_tree.hpp"

namespace imgopt {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(ScanTest, FollowsLinksToFilesAndFolders) {
  tree.add_files({"store/1.png", "store/more/2.png"});
  tree.add_link("art/a.png", "../store/1.png");
  tree.add_link("art/more", "../store/more");
  const ScanResult result = scanned({.sources = {tree.path("art")}});
  EXPECT_THAT(names(result), ElementsAre("a.png", "more/2.png"));
  EXPECT_THAT(result.problems, IsEmpty());
  EXPECT_EQ(result.files[0].stat, (*stat_file(tree.path("store/1.png")))->stat);
  EXPECT_THAT(result.folders, ElementsAre(tree.path("art"), tree.path("art/more")));
}

TEST_F(ScanTest, LeavesAFolderOutThatIsItsOwnAncestor) {
  tree.add_file("a/b/c.png");
  tree.add_link("a/b/up", "..");
  tree.add_link("a/self", ".");
  tree.add_link("d", "a/b");
  const ScanResult result = scanned();
  // By way of d the link leads to a, which is not above d and holds b again.
  EXPECT_THAT(names(result), ElementsAre("a/b/c.png", "d/c.png"));
  EXPECT_THAT(result.problems, IsEmpty());
}

TEST_F(ScanTest, NamesDanglingAndCircularLinks) {
  tree.add_file("a.png");
  tree.add_link("gone.png", "nowhere.png");
  tree.add_link("self.png", "self.png");
  const ScanResult result = scanned();
  EXPECT_THAT(names(result), ElementsAre("a.png"));
  ASSERT_EQ(result.problems.size(), 2U);
  EXPECT_EQ(result.problems[0].code, ErrorCode::not_found);
  EXPECT_THAT(result.problems[0].message, HasSubstr(tree.path("gone.png")));
  EXPECT_THAT(result.problems[1].message, HasSubstr(tree.path("self.png")));
}

TEST_F(ScanTest, SaysNothingOfDanglingLinksThatAreNotWanted) {
  tree.add_link(".#lock", "nowhere");
  tree.add_link("notes.txt", "nowhere");
  tree.add_link("old.png", "nowhere");
  tree.add_link("ignored.png", "nowhere");
  tree.add_file(".imgoptignore", "ignored.png");
  EXPECT_THAT(scanned({.include = globs({"*.png"}), .exclude = globs({"old.*"})}).problems, IsEmpty());
}

TEST_F(ScanTest, JudgesALinkByWhatItLeadsTo) {
  tree.add_files({"store/x/a.png", "store/b.png"});
  tree.add_file("art/.gitignore", "x/\nb.png/\n");
  tree.add_link("art/x", "../store/x");
  tree.add_link("art/b.png", "../store/b.png");
  EXPECT_THAT(names(scanned({.sources = {tree.path("art")}})), ElementsAre("b.png"));
}

TEST_F(ScanTest, BoundsHowOftenLinksToFoldersAreFollowed) {
  // Seventeen folders, each with two links to the next: 2^17 paths, without a loop.
  constexpr int k_levels = 17;
  for (int level = 0; level < k_levels; ++level) {
    const std::string next = "../" + std::to_string(level + 1);
    tree.add_link(std::to_string(level) + "/x", next);
    tree.add_link(std::to_string(level) + "/y", next);
  }
  tree.add_file(std::to_string(k_levels) + "/a.png");
  const ScanResult result = scanned({.sources = {tree.path("0")}});
  EXPECT_LE(result.folders.size(), 65537U);
  ASSERT_FALSE(result.problems.empty());
  EXPECT_EQ(result.problems[0].code, ErrorCode::limit_exceeded);
  EXPECT_THAT(result.problems[0].message,
              HasSubstr(": cannot follow symbolic link: more than 65536 links to folders"));
}

TEST_F(ScanTest, SkipsPipesAndDevices) {
  tree.add_file("a.png");
  ASSERT_EQ(::mkfifo(tree.path("pipe.png").c_str(), 0600), 0);
  ASSERT_EQ(::mkfifo(tree.path(".gitignore").c_str(), 0600), 0);
  tree.add_link("b.png", "pipe.png");
  tree.add_link("c.png", "/dev/null");
  const ScanResult result = scanned();
  EXPECT_THAT(names(result), ElementsAre("a.png"));
  EXPECT_THAT(result.problems, IsEmpty());
}

TEST_F(ScanTest, RefusesADeviceGivenByItself) {
  const ScanResult result = scanned({.sources = {"/dev/null"}});
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_THAT(result.problems[0].message, HasSubstr("/dev/null"));
}

// The superuser may read everything, so its tests act as somebody else.
class Unprivileged {
public:
  explicit Unprivileged(const std::string& root) {
    if (::geteuid() == 0) {
      m_is_changed = ::chmod(root.c_str(), 0755) == 0 && ::seteuid(65534) == 0;
      EXPECT_TRUE(m_is_changed);
    }
  }
  ~Unprivileged() {
    if (m_is_changed && ::seteuid(0) != 0)
      ADD_FAILURE() << "cannot become the superuser again";
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;

private:
  bool m_is_changed = false;
};

TEST_F(ScanTest, ReportsUnreadableFoldersAndGoesOn) {
  tree.add_files({"a.png", "locked/b.png", "unsearchable/c.png", "unsearchable/d.png", "z.png"});
  tree.add_folder("out");
  const FolderId out = tree.id("out");
  ASSERT_EQ(::chmod(tree.path("out").c_str(), 0), 0);
  ASSERT_EQ(::chmod(tree.path("locked").c_str(), 0), 0);
  ASSERT_EQ(::chmod(tree.path("unsearchable").c_str(), 0444), 0);
  ScanResult result;
  {
    const Unprivileged unprivileged(tree.path());
    result = scanned({.leave_out = {out}});
  }
  ASSERT_EQ(::chmod(tree.path("locked").c_str(), 0755), 0);
  ASSERT_EQ(::chmod(tree.path("unsearchable").c_str(), 0755), 0);
  ASSERT_EQ(::chmod(tree.path("out").c_str(), 0755), 0);
  EXPECT_THAT(names(result), ElementsAre("a.png", "z.png"));
  ASSERT_EQ(result.problems.size(), 2U);
  EXPECT_EQ(result.problems[0].code, ErrorCode::io);
  EXPECT_THAT(result.problems[0].message, HasSubstr(tree.path("locked")));
  EXPECT_THAT(result.problems[1].message, HasSubstr(tree.path("unsearchable")));
  EXPECT_THAT(result.folders, testing::Not(testing::Contains(tree.path("locked"))));
}

TEST_F(ScanTest, RefusesPathsLongerThanTheSystemTakes) {
  // Made step by step, as no single path could name it.
  const std::filesystem::path before = std::filesystem::current_path();
  const std::string component(200, 'd');
  std::filesystem::current_path(tree.path());
  for (int depth = 0; depth < 25; ++depth) {
    ASSERT_EQ(::mkdir(component.c_str(), 0755), 0);
    ASSERT_EQ(::chdir(component.c_str()), 0);
  }
  ASSERT_EQ(::chdir(tree.path().c_str()), 0);
  tree.add_file("z.png");
  const ScanResult result = scanned();
  std::filesystem::current_path(before);
  EXPECT_THAT(names(result), ElementsAre("z.png"));
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_EQ(result.problems[0].code, ErrorCode::limit_exceeded);
  EXPECT_THAT(result.problems[0].message, HasSubstr(": cannot open: the path is longer than "));
}

}  // namespace
}  // namespace imgopt
