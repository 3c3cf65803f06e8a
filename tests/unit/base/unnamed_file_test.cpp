#include "base/unnamed_file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "tests/unit/base/scratch_folder.hpp"

namespace imgopt {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class UnnamedFileTest : public testing::Test {
protected:
  void SetUp() override {
    auto made = create_unnamed_file_in(scratch.path(), 0666);
    ASSERT_TRUE(made) << made.error().message;
    if (!*made)
      GTEST_SKIP() << "the file system has no unnamed files";
    file = std::move(**made);
    ASSERT_TRUE(write_descriptor(file.get(), view("content"), "unnamed"));
    folder = Descriptor(::open(scratch.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }

  ScratchFolder scratch;
  Descriptor file;
  Descriptor folder;
};

TEST_F(UnnamedFileTest, IsNowhereUntilItIsNamed) {
  EXPECT_THAT(scratch.names(), IsEmpty());
  EXPECT_EQ(name_unnamed_file(file.get(), folder.get(), "a"), 0);
  EXPECT_EQ(scratch.read("a"), "content");
}

TEST_F(UnnamedFileTest, IsGoneWhereItGotNoName) {
  file.reset();
  EXPECT_THAT(scratch.names(), IsEmpty());
}

TEST_F(UnnamedFileTest, ReplacesNothing) {
  scratch.write("a", "theirs");
  EXPECT_EQ(name_unnamed_file(file.get(), folder.get(), "a"), EEXIST);
  EXPECT_EQ(scratch.read("a"), "theirs");
  EXPECT_EQ(name_unnamed_file(file.get(), folder.get(), "b"), 0);
}

TEST_F(UnnamedFileTest, FollowsNoLinkInThePlaceOfItsName) {
  scratch.make_folder("elsewhere");
  std::filesystem::create_symlink("elsewhere/b", scratch.path("a"));
  EXPECT_EQ(name_unnamed_file(file.get(), folder.get(), "a"), EEXIST);
  EXPECT_THAT(scratch.names("elsewhere"), IsEmpty());
}

TEST_F(UnnamedFileTest, TellsThatItsFolderIsMissing) {
  EXPECT_EQ(name_unnamed_file(file.get(), folder.get(), "gone/a"), ENOENT);
  EXPECT_FALSE(create_unnamed_file_in(scratch.path("gone"), 0666));
}

TEST_F(UnnamedFileTest, IsMadeBelowAFolderThatIsOpenWithTheModeThatUmaskGives) {
  const mode_t before = ::umask(027);
  auto other = create_unnamed_file(folder.get(), 0666, "other");
  ::umask(before);
  ASSERT_TRUE(other && *other);
  ASSERT_EQ(name_unnamed_file((*other)->get(), folder.get(), "a"), 0);
  EXPECT_EQ(stat_file(scratch.path("a")).value()->mode, 0640u);
  EXPECT_THAT(scratch.names(), ElementsAre("a"));
}

}  // namespace
}  // namespace imgopt
