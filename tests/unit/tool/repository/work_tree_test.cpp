#include "tool/repository/work_tree.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/unit/base/scratch_folder.hpp"
#include "tool/repository/uncommitted.hpp"

namespace imgopt {
namespace {

using namespace std::string_view_literals;

TEST(WorkTreeStatus, TellsHowEachFileStands) {
  const auto status = WorkTreeStatus::parse(
      "A  staged.png\0 M changed.png\0MM both.png\0?? new/\0?? lone.png\0UU torn.png\0AA two.png\0D  gone.png\0"sv);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->custody_of("clean.png"), Custody::committed);
  EXPECT_EQ(status->custody_of("staged.png"), Custody::staged);
  EXPECT_EQ(status->custody_of("changed.png"), Custody::changed);
  EXPECT_EQ(status->custody_of("both.png"), Custody::changed);
  EXPECT_EQ(status->custody_of("new/deep/a.png"), Custody::untracked);
  EXPECT_EQ(status->custody_of("newer.png"), Custody::committed);
  EXPECT_EQ(status->custody_of("lone.png"), Custody::untracked);
  EXPECT_EQ(status->custody_of("torn.png"), Custody::conflicted);
  EXPECT_EQ(status->custody_of("two.png"), Custody::conflicted);
}

TEST(WorkTreeStatus, WhatIsNotUnderstoodIsAnError) {
  EXPECT_FALSE(WorkTreeStatus::parse("A  cut off"));
  EXPECT_FALSE(WorkTreeStatus::parse("fatal: no\0"sv));
  EXPECT_TRUE(WorkTreeStatus::parse(""));
}

TEST(WorkTree, BeginsAtTheNearestGit) {
  const ScratchFolder folder;
  folder.make_folder("outer/.git/info");
  folder.make_folder("outer/inner/deep");
  folder.write("outer/inner/.git", "gitdir: ../.git/modules/inner\n");
  const std::string root = std::filesystem::canonical(folder.path()).string();
  EXPECT_EQ(work_tree_of(root + "/outer"), root + "/outer");
  EXPECT_EQ(work_tree_of(root + "/outer/inner/deep"), root + "/outer/inner");
  EXPECT_EQ(work_tree_of(root), std::nullopt);
}

TEST(WorkTree, IsSparseWhereGitWasToldToLeaveFilesOut) {
  const ScratchFolder folder;
  folder.make_folder("a/.git/info");
  EXPECT_FALSE(is_sparse(folder.path("a")));
  folder.write("a/.git/info/sparse-checkout", "/*\n");
  EXPECT_TRUE(is_sparse(folder.path("a")));
  folder.write("b/.git", "gitdir: ../a/.git\n");
  EXPECT_TRUE(is_sparse(folder.path("b")));
}

struct Case {
  Custody custody;
  MayReplace may;
  bool is_refused;
};
class Refusal : public testing::TestWithParam<Case> {};

TEST_P(Refusal, ProtectsWhatGitCouldNotGiveBack) {
  EXPECT_EQ(refusal(GetParam().custody, GetParam().may).has_value(), GetParam().is_refused);
}

INSTANTIATE_TEST_SUITE_P(All, Refusal,
                         testing::Values(Case{Custody::committed, MayReplace::committed, false},
                                         Case{Custody::staged, MayReplace::committed, true},
                                         Case{Custody::changed, MayReplace::committed, true},
                                         Case{Custody::untracked, MayReplace::committed, true},
                                         Case{Custody::conflicted, MayReplace::committed, true},
                                         Case{Custody::committed, MayReplace::staged, false},
                                         Case{Custody::staged, MayReplace::staged, false},
                                         Case{Custody::changed, MayReplace::staged, true},
                                         Case{Custody::untracked, MayReplace::staged, true},
                                         Case{Custody::conflicted, MayReplace::any, false}));

}  // namespace
}  // namespace imgopt
