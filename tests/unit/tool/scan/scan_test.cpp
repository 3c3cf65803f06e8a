#include "tool/scan/scan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/unit/tool/scan/temporary_tree.hpp"

namespace imgopt {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(ScanTest, MirrorsAFolderWithoutItsOwnName) {
  tree.add_files({"art/a.png", "art/icons/b.png", "other/c.png"});
  tree.add_file("art/empty.png", "");
  const ScanResult result = scanned({.sources = {tree.path("art")}});
  EXPECT_THAT(names(result), ElementsAre("a.png", "empty.png", "icons/b.png"));
  EXPECT_THAT(result.problems, IsEmpty());
  EXPECT_EQ(result.path_of(result.files[2]), tree.path("art/icons/b.png"));
  EXPECT_EQ(result.files[0].named_by, NamedBy::folder);
  EXPECT_EQ(result.files[0].stat, (*stat_file(tree.path("art/a.png")))->stat);
  EXPECT_THAT(result.folders, ElementsAre(tree.path("art"), tree.path("art/icons")));
}

TEST_F(ScanTest, NamesAFileByItself) {
  tree.add_file("art/icons/b.png");
  const ScanResult result = scanned({.sources = {tree.path("art/icons/b.png")}});
  EXPECT_THAT(names(result), ElementsAre("b.png"));
  EXPECT_EQ(result.path_of(result.files[0]), tree.path("art/icons/b.png"));
  EXPECT_EQ(result.files[0].named_by, NamedBy::itself);
  EXPECT_THAT(result.folders, IsEmpty());
}

TEST_F(ScanTest, NamesRelativeToTheBase) {
  tree.add_files({"art/a.png", "art/icons/b.png", "c.png"});
  const ScanResult result =
      scanned({.sources = {tree.path("art/./icons//"), tree.path("art/a.png"), tree.path("art/../c.png")},
               .base = tree.path() + "/."});
  EXPECT_THAT(names(result), ElementsAre("art/a.png", "art/icons/b.png", "c.png"));
  for (const ScannedFile& file : result.files)
    EXPECT_EQ((*stat_file(result.path_of(file)))->stat, file.stat) << file.name;
}

TEST_F(ScanTest, ResolvesLinksAboveASourceToFindItBelowTheBase) {
  tree.add_file("real/art/a.png");
  tree.add_link("alias", "real");
  EXPECT_THAT(names(scanned({.sources = {tree.path("alias/art/a.png")}, .base = tree.path("real")})),
              ElementsAre("art/a.png"));
  EXPECT_THAT(names(scanned({.sources = {tree.path("real/art")}, .base = tree.path("alias")})),
              ElementsAre("art/a.png"));
}

TEST_F(ScanTest, RefusesASourceOutsideTheBaseNamingBoth) {
  tree.add_files({"art/a.png", "art-old/b.png"});
  const auto result = scan({.sources = {tree.path("art-old")}, .base = tree.path("art")});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(result.error().message, HasSubstr(tree.path("art-old")));
  EXPECT_THAT(result.error().message, HasSubstr("base folder " + tree.path("art")));
}

TEST_F(ScanTest, TakesPathsRelativeToTheCurrentFolder) {
  tree.add_files({"art/a.png", "b.png"});
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(tree.path());
  const std::string current = std::filesystem::current_path().string();
  const ScanResult all = scanned({.sources = {"."}});
  const ScanResult one = scanned({.sources = {"art/"}, .base = ""});
  std::filesystem::current_path(before);
  EXPECT_THAT(names(all), ElementsAre("art/a.png", "b.png"));
  EXPECT_EQ(all.path_of(all.files[0]), "art/a.png");
  EXPECT_THAT(all.folders, ElementsAre(current, current + "/art"));
  EXPECT_THAT(names(one), ElementsAre("art/a.png"));
  EXPECT_EQ(one.path_of(one.files[0]), "art/a.png");
}

TEST_F(ScanTest, SortsComponentByComponent) {
  const std::vector<std::string> sorted = {"a/b-c.png",
                                           "a/b/d.png",
                                           "a/b.png",
                                           "a!.png",
                                           "a-b/e.png",
                                           "a.png",
                                           "a0/f.png",
                                           "b.png",
                                           "image_0000000000_1.png",
                                           "image_0000000000_10.png",
                                           "image_0000000000_2.png",
                                           "\xC3\xA9.png"};
  tree.add_files(sorted);
  std::vector<std::string> expected = sorted;
  std::sort(expected.begin(), expected.end(), [](const std::string& a, const std::string& b) {
    return std::filesystem::path(a) < std::filesystem::path(b);
  });
  EXPECT_EQ(names(scanned()), expected);
  const ScanResult merged = scanned({.sources = {tree.path("b.png"), tree.path(), tree.path("a")}});
  EXPECT_TRUE(std::is_sorted(merged.files.begin(), merged.files.end(),
                             [](const auto& a, const auto& b) { return compare_names(a.name, b.name) < 0; }));
}

TEST(CompareNames, PutsASlashBeforeEveryOtherByte) {
  EXPECT_TRUE(compare_names("a/b", "a!") < 0);
  EXPECT_TRUE(compare_names("a/b", "a.png") < 0);
  EXPECT_TRUE(compare_names("a", "a/b") < 0);
  EXPECT_TRUE(compare_names("a/z", "a\x01") < 0);
  EXPECT_TRUE(compare_names("a\x7F", "a\x80") < 0);
  EXPECT_TRUE(compare_names("a/b", "a/b") == 0);
}

TEST_F(ScanTest, GivesTheSameResultWithAnyNumberOfThreads) {
  for (int folder = 0; folder < 60; ++folder)
    tree.add_files({std::to_string(folder) + "/a.png", std::to_string(folder) + "/x/b.png"});
  tree.add_link("7/gone.png", "nowhere");
  tree.add_link("40/gone.png", "nowhere");
  const ScanResult one = scanned({.threads = 1});
  ASSERT_EQ(one.files.size(), 120U);
  ASSERT_EQ(one.problems.size(), 2U);
  for (int round = 0; round < 5; ++round) {
    const ScanResult many = scanned({.threads = 4});
    EXPECT_EQ(names(many), names(one));
    EXPECT_EQ(many.folders, one.folders);
    ASSERT_EQ(many.problems.size(), 2U);
    EXPECT_EQ(many.problems[0].message, one.problems[0].message);
  }
}

TEST_F(ScanTest, KeepsNamesThatAreNotTextAsTheyAre) {
  tree.add_files({"caf\xE9.png", "new\nline.png", " .png", "-\\'\"$#.png"});
  const ScanResult result = scanned();
  EXPECT_THAT(names(result), ElementsAre(" .png", "-\\'\"$#.png", "caf\xE9.png", "new\nline.png"));
  EXPECT_EQ(result.path_of(result.files[2]), tree.path("caf\xE9.png"));
}

TEST_F(ScanTest, TakesOnlyWhatIncludesNameAndNothingThatExcludesName) {
  tree.add_files({"a.png", "b.jpg", "c.txt", "old/d.png", "old/deep/e.png", "x/old/f.png", "x/g.png"});
  const ScanResult result = scanned({.include = globs({"*.{png,jpg}"}), .exclude = globs({"/old/", "g.*"})});
  EXPECT_THAT(names(result), ElementsAre("a.png", "b.jpg", "x/old/f.png"));
  EXPECT_EQ(result.ignored, 2U);  // the folder old and x/g.png
  EXPECT_THAT(result.folders, ElementsAre(tree.path(), tree.path("x"), tree.path("x/old")));
}

TEST_F(ScanTest, AppliesExcludesButNotIncludesToASourceGivenByItself) {
  tree.add_files({"a.tga", "b.png"});
  const ScanResult result = scanned({.sources = {tree.path("a.tga"), tree.path("b.png")},
                                     .include = globs({"*.jpg"}),
                                     .exclude = globs({"b.*"})});
  EXPECT_THAT(names(result), ElementsAre("a.tga"));
}

TEST_F(ScanTest, SkipsHiddenUnlessTold) {
  tree.add_files({".a.png", ".b/c.png", "d/.e.png", "f.png", ".imgopt-tmp/g.png", ".gitignore"});
  EXPECT_THAT(names(scanned()), ElementsAre("f.png"));
  EXPECT_THAT(names(scanned({.hidden = HiddenSources::take})),
              ElementsAre(".a.png", ".b/c.png", "d/.e.png", "f.png"));
  EXPECT_THAT(names(scanned({.sources = {tree.path(".b"), tree.path(".a.png")}})),
              ElementsAre(".a.png", "c.png"));
}

TEST_F(ScanTest, ObeysNestedIgnoreFiles) {
  tree.add_file(".gitignore", "*.tmp.png\n/build/\nart/raw\n");
  tree.add_file("art/.gitignore", "!keep.tmp.png\n/local.png\n");
  tree.add_file("art/.imgoptignore", "skipped.png\n!raw\n");
  tree.add_files({"a.tmp.png", "build/b.png", "x/build/c.png", "art/keep.tmp.png", "art/lost.tmp.png",
                  "art/local.png", "art/deep/local.png", "art/skipped.png", "art/raw/d.png"});
  const ScanResult result = scanned();
  EXPECT_THAT(names(result),
              ElementsAre("art/deep/local.png", "art/keep.tmp.png", "art/raw/d.png", "x/build/c.png"));
  EXPECT_THAT(result.ignore_files, ElementsAre(tree.path(".gitignore"), tree.path("art/.gitignore"),
                                               tree.path("art/.imgoptignore")));
  EXPECT_EQ(result.ignored, 5U);
  EXPECT_EQ(scanned({.ignore_files = IgnoreFileUse::disregard}).files.size(), 9U);
}

TEST_F(ScanTest, DoesNotLookAtIgnoreFilesAboveASource) {
  tree.add_file(".gitignore", "*.png\nart\n");
  tree.add_files({"art/a.png", "b.png"});
  EXPECT_THAT(names(scanned({.sources = {tree.path("art")}})), ElementsAre("a.png"));
  EXPECT_THAT(names(scanned({.sources = {tree.path("b.png")}})), ElementsAre("b.png"));
}

TEST_F(ScanTest, CountsOneFileReachedTwiceOnce) {
  tree.add_files({"a.png", "b/c.png"});
  const ScanResult result =
      scanned({.sources = {tree.path(), tree.path("a.png"), tree.path(), tree.path("a.png")}});
  EXPECT_THAT(names(result), ElementsAre("a.png", "b/c.png"));
  EXPECT_EQ(result.files[0].named_by, NamedBy::itself);
  EXPECT_THAT(result.problems, IsEmpty());
}

TEST_F(ScanTest, ReportsTwoFilesOfOneNameNamingBoth) {
  tree.add_files({"x/a.png", "y/a.png", "y/b.png"});
  const ScanResult result = scanned({.sources = {tree.path("x"), tree.path("y")}});
  EXPECT_THAT(names(result), ElementsAre("b.png"));
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_EQ(result.problems[0].code, ErrorCode::invalid_argument);
  EXPECT_THAT(result.problems[0].message, HasSubstr(tree.path("x/a.png")));
  EXPECT_THAT(result.problems[0].message, HasSubstr(tree.path("y/a.png")));
}

TEST_F(ScanTest, LeavesOutFoldersByIdentity) {
  tree.add_files({"a.png", "out/b.png", "x/c.png"});
  tree.add_link("x/alias", "../out");
  const ScanResult result = scanned({.leave_out = {tree.id("out")}});
  EXPECT_THAT(names(result), ElementsAre("a.png", "x/c.png"));
  EXPECT_THAT(result.folders, ElementsAre(tree.path(), tree.path("x")));
}

TEST_F(ScanTest, ReportsAMissingSourceAndGoesOn) {
  tree.add_file("a.png");
  const ScanResult result =
      scanned({.sources = {tree.path("none.png"), tree.path("a.png"), tree.path("a.png/")}});
  EXPECT_THAT(names(result), ElementsAre("a.png"));
  ASSERT_EQ(result.problems.size(), 2U);
  EXPECT_EQ(result.problems[0].code, ErrorCode::not_found);
  EXPECT_THAT(result.problems[0].message, HasSubstr("none.png"));
}

TEST_F(ScanTest, RefusesZeroBytesInPaths) {
  EXPECT_FALSE(scan({.sources = {std::string("a\0b", 3)}}));
  EXPECT_FALSE(scan({.sources = {tree.path()}, .base = std::string("/\0", 2)}));
}

TEST_F(ScanTest, ReportsAnIgnoreFileThatIsTooLarge) {
  tree.add_file(".gitignore", std::string((1 << 20) + 1, '#'));
  tree.add_file("a.png");
  const ScanResult result = scanned();
  EXPECT_THAT(names(result), ElementsAre("a.png"));
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_THAT(result.problems[0].message, HasSubstr(".gitignore"));
}

}  // namespace
}  // namespace imgopt
