#include "base/temporary_folder.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <set>
#include <thread>

#include "tests/unit/base/scratch_folder.hpp"

namespace imgopt {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class TemporaryFolderTest : public testing::Test {
protected:
  // A process that holds a folder with a file in it until it is killed.
  struct Holder {
    pid_t pid = -1;
    std::string path;
    void kill() const {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
  };

  Holder start_holder() const {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    Holder holder;
    holder.pid = ::fork();
    if (holder.pid == 0) {
      auto folder = TemporaryFolder::create(parent());
      if (!folder || !write_file(folder->next_path(), "half-written"))
        ::_exit(1);
      const std::string& path = folder->path();
      if (::write(ends[1], path.data(), path.size()) < 0)
        ::_exit(1);
      for (;;)
        ::pause();
    }
    ::close(ends[1]);
    std::string path(4096, '\0');
    const ssize_t got = ::read(ends[0], path.data(), path.size());
    ::close(ends[0]);
    EXPECT_GT(got, 0);
    holder.path = path.substr(0, static_cast<std::size_t>(std::max<ssize_t>(0, got)));
    return holder;
  }

  std::string parent() const { return scratch.path(); }
  std::vector<std::string> runs() const { return scratch.names(k_temporary_name); }

  ScratchFolder scratch;
};

TEST_F(TemporaryFolderTest, GoesWithAllThatIsInIt) {
  {
    TemporaryFolder folder = TemporaryFolder::create(parent()).value();
    ASSERT_TRUE(write_file(folder.next_path(), "a"));
    ASSERT_TRUE(write_file(folder.next_path(), "b"));
    const TemporaryFolder moved(std::move(folder));
    EXPECT_THAT(runs(), SizeIs(1));
  }
  EXPECT_THAT(scratch.names(), IsEmpty());
}

TEST_F(TemporaryFolderTest, IsNotSweptWhileItsOwnerLives) {
  const TemporaryFolder ours = TemporaryFolder::create(parent()).value();
  const Holder other = start_holder();
  TemporaryFolder::sweep(parent());
  EXPECT_THAT(runs(), SizeIs(2));
  EXPECT_TRUE(std::filesystem::exists(other.path + "/0"));
  EXPECT_TRUE(std::filesystem::exists(ours.path() + "/lock"));
  other.kill();
}

TEST_F(TemporaryFolderTest, IsSweptOnceItsOwnerWasKilled) {
  const Holder dead = start_holder();
  dead.kill();
  EXPECT_TRUE(std::filesystem::exists(dead.path + "/0"));
  TemporaryFolder::sweep(parent());
  EXPECT_THAT(scratch.names(), IsEmpty());
}

TEST_F(TemporaryFolderTest, TheNextRunRemovesDeadFoldersAndSparesLivingOnes) {
  const Holder living = start_holder();
  const Holder dead = start_holder();
  dead.kill();
  {
    const TemporaryFolder next = TemporaryFolder::create(parent()).value();
    EXPECT_FALSE(std::filesystem::exists(dead.path));
    EXPECT_THAT(runs(), SizeIs(2));
  }
  EXPECT_THAT(runs(), ElementsAre(std::filesystem::path(living.path).filename().string()));
  living.kill();
}

TEST_F(TemporaryFolderTest, SweepsAFolderWhoseOwnerDiedBeforeItsLock) {
  scratch.make_folder(std::string(k_temporary_name) + "/0123456789abcdef");
  TemporaryFolder::sweep(parent());
  EXPECT_THAT(scratch.names(), IsEmpty());
}

// A repository may bring such a link along.
TEST_F(TemporaryFolderTest, NeitherSweepsNorWorksBehindALinkInItsPlace) {
  scratch.make_folder("theirs/empty");
  scratch.write("theirs/folder/lock", "");
  scratch.write("theirs/folder/precious", "");
  scratch.make_folder("place");
  std::filesystem::create_symlink("../theirs", scratch.path("place/" + std::string(k_temporary_name)));
  TemporaryFolder::sweep(scratch.path("place"));
  const auto folder = TemporaryFolder::create(scratch.path("place"));
  ASSERT_FALSE(folder);
  EXPECT_THAT(folder.error().message, testing::HasSubstr("no link"));
  EXPECT_THAT(scratch.names("theirs"), testing::UnorderedElementsAre("empty", "folder"));
  EXPECT_THAT(scratch.names("theirs/folder"), testing::UnorderedElementsAre("lock", "precious"));
}

struct SharedCase {
  mode_t parent;
  mode_t common;
  bool is_theirs;
  bool is_refused;
};

class SharedTemporaryFolderTest : public testing::TestWithParam<SharedCase> {};

TEST_P(SharedTemporaryFolderTest, IsRefusedWhereItIsAnothersAndTheParentKeepsUsersApart) {
  constexpr uid_t k_another_user = 4242;
  const SharedCase& given = GetParam();
  if (given.is_theirs && ::geteuid() != 0)
    GTEST_SKIP() << "only root can give a folder away";
  const ScratchFolder scratch;
  const std::string common = std::string("place/") + k_temporary_name;
  scratch.write(common + "/in use", "");  // or a sweep would remove the folder
  ASSERT_EQ(::chmod(scratch.path("place").c_str(), given.parent), 0);
  ASSERT_EQ(::chmod(scratch.path(common).c_str(), given.common), 0);
  const uid_t owner = given.is_theirs ? k_another_user : ::geteuid();
  ASSERT_EQ(::chown(scratch.path(common).c_str(), owner, static_cast<gid_t>(-1)), 0);
  const auto folder = TemporaryFolder::create(scratch.path("place"));
  EXPECT_EQ(!folder, given.is_refused);
  if (!folder) {
    EXPECT_EQ(folder.error().message,
              scratch.path(common) +
                  ": cannot use it for temporary files: another user can write to it, and has to remove it");
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shared, SharedTemporaryFolderTest,
    testing::Values(SharedCase{01777, 0755, true, true}, SharedCase{01777, 0777, false, true},
                    SharedCase{03775, 0775, true, true}, SharedCase{01777, 0755, false, false},
                    // Users of one tree, by its group.
                    SharedCase{02775, 0775, true, false}, SharedCase{0775, 0775, false, false}));

TEST_F(TemporaryFolderTest, IsNeverOneThatAllCanWriteTo) {
  for (const auto& [parent_mode, mode] : {std::pair{01777u, 0755u}, std::pair{0775u, 0775u}}) {
    ASSERT_EQ(::chmod(parent().c_str(), parent_mode), 0);
    const mode_t before = ::umask(0);
    const TemporaryFolder folder = TemporaryFolder::create(parent()).value();
    ::umask(before);
    EXPECT_EQ(stat_file(scratch.path(k_temporary_name)).value()->mode, mode);
  }
}

TEST_F(TemporaryFolderTest, SweepsNothingBehindALinkInsideOfIt) {
  scratch.write("theirs/lock", "");
  scratch.write("theirs/precious", "");
  scratch.make_folder(k_temporary_name);
  std::filesystem::create_symlink("../theirs",
                                  scratch.path(std::string(k_temporary_name) + "/0123456789abcdef"));
  TemporaryFolder::sweep(parent());
  EXPECT_THAT(scratch.names("theirs"), testing::UnorderedElementsAre("lock", "precious"));
}

TEST_F(TemporaryFolderTest, IsWrittenToWhereItWasMadeWhateverStandsThereNow) {
  scratch.make_folder("theirs");
  TemporaryFolder folder = TemporaryFolder::create(parent()).value();
  std::filesystem::rename(scratch.path(k_temporary_name), scratch.path("moved"));
  std::filesystem::create_symlink("theirs", scratch.path(k_temporary_name));
  const Descriptor file(
      ::openat(folder.descriptor(), folder.next_name().c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600));
  EXPECT_TRUE(file.is_open());
  EXPECT_THAT(scratch.names("theirs"), IsEmpty());
}

TEST_F(TemporaryFolderTest, ManyRunsMakeTheirsAtOnce) {
  std::atomic<int> failures{0};
  {
    std::vector<std::jthread> threads(4);
    for (std::jthread& thread : threads)
      thread = std::jthread([&] {
        for (int i = 0; i < 25; ++i) {
          auto folder = TemporaryFolder::create(parent());
          if (!folder || !write_file(folder->next_path(), "x"))
            ++failures;
        }
      });
  }
  EXPECT_EQ(failures.load(), 0);
  EXPECT_THAT(scratch.names(), IsEmpty());
}

TEST_F(TemporaryFolderTest, NeverGivesOnePathTwice) {
  TemporaryFolder folder = TemporaryFolder::create(parent()).value();
  std::set<std::string> paths;
  for (int i = 0; i < 100; ++i)
    EXPECT_TRUE(paths.insert(folder.next_path()).second);
}

TEST_F(TemporaryFolderTest, SaysWhereItCannotBeMade) {
  const auto folder = TemporaryFolder::create(parent() + "/gone");
  ASSERT_FALSE(folder);
  EXPECT_THAT(folder.error().message, testing::HasSubstr("/gone"));
}

}  // namespace
}  // namespace imgopt
