#include "base/private_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/unit/base/scratch_folder.hpp"

namespace imgopt {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(PrivateFolder, IsItsOwnersAloneWhateverTheUmaskIs) {
  const ScratchFolder scratch;
  const mode_t before = ::umask(0);
  const PrivateFolder folder = PrivateFolder::create(scratch.path()).value();
  ::umask(before);
  EXPECT_EQ(stat_file(folder.path()).value()->mode, 0700u);
}

TEST(PrivateFolder, GoesWithAllThatIsInItAndFollowsNoLink) {
  const ScratchFolder scratch;
  scratch.write("theirs/precious", "");
  {
    PrivateFolder folder = PrivateFolder::create(scratch.path()).value();
    ASSERT_TRUE(make_folders(folder.path() + "/a/b"));
    ASSERT_TRUE(write_file(folder.path() + "/a/b/c", ""));
    std::filesystem::create_symlink(scratch.path("theirs"), folder.path() + "/link");
    const PrivateFolder moved(std::move(folder));
    EXPECT_THAT(scratch.names(), SizeIs(2));
  }
  EXPECT_THAT(scratch.names(), ElementsAre("theirs"));
  EXPECT_THAT(scratch.names("theirs"), ElementsAre("precious"));
}

TEST(PrivateFolder, SaysWhereItCannotBeMade) {
  const ScratchFolder scratch;
  const auto folder = PrivateFolder::create(scratch.path("gone"));
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().message,
            scratch.path("gone") + ": cannot make a folder in it: No such file or directory");
  EXPECT_THAT(scratch.names(), IsEmpty());
}

}  // namespace
}  // namespace imgopt
