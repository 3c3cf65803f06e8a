#include "base/file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>

#include "base/interrupts.hpp"
#include "tests/unit/base/scratch_folder.hpp"
#include "tests/unit/base/signal_another_thread.hpp"

namespace imgopt {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FileTest : public testing::Test {
protected:
  ScratchFolder folder;
};

TEST_F(FileTest, TellsWhatIsThere) {
  folder.write("a", "four");
  folder.make_folder("f");
  ASSERT_EQ(::mkfifo(folder.path("pipe").c_str(), 0600), 0);
  const auto file = stat_file(folder.path("a")).value();
  ASSERT_TRUE(file);
  EXPECT_EQ(file->type, FileType::regular);
  EXPECT_EQ(file->stat.size, 4u);
  EXPECT_GT(file->stat.mtime_ns, 0);
  EXPECT_EQ(stat_file(folder.path("f")).value()->type, FileType::folder);
  EXPECT_EQ(stat_file(folder.path("pipe")).value()->type, FileType::other);
  EXPECT_FALSE(stat_file(folder.path("gone")).value());
  EXPECT_FALSE(stat_file(folder.path("a/below-a-file")).value());
}

TEST_F(FileTest, ErrorsNamePathOperationAndReason) {
  const auto missing = open_for_reading(folder.path("gone"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_EQ(missing.error().message, folder.path("gone") + ": cannot open: No such file or directory");
}

struct ErrorCase {
  int error;
  ErrorCode reading;
  ErrorCode creating;
};

class SystemErrorTest : public testing::TestWithParam<ErrorCase> {};

TEST_P(SystemErrorTest, SaysWhatTheCallerCanDo) {
  EXPECT_EQ(system_error("p", "op", GetParam().error).value().code, GetParam().reading);
  EXPECT_EQ(creation_error("p", "op", GetParam().error).value().code, GetParam().creating);
}

INSTANTIATE_TEST_SUITE_P(Errors, SystemErrorTest,
                         testing::Values(ErrorCase{ENOENT, ErrorCode::not_found, ErrorCode::io},
                                         ErrorCase{ENOTDIR, ErrorCode::not_found, ErrorCode::io},
                                         ErrorCase{EACCES, ErrorCode::io, ErrorCode::io},
                                         ErrorCase{ENOSPC, ErrorCode::no_space, ErrorCode::no_space},
                                         ErrorCase{EDQUOT, ErrorCode::no_space, ErrorCode::no_space}));

TEST_F(FileTest, ReadsUpToTheLimitAndNotBeyond) {
  folder.write("a", "12345");
  folder.write("empty", "");
  EXPECT_EQ(text_of(read_file(folder.path("a"), 5).value()), "12345");
  const auto beyond = read_file(folder.path("a"), 4);
  EXPECT_EQ(beyond.error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(beyond.error().message, folder.path("a") + ": cannot read: it is larger than 4 bytes");
  EXPECT_THAT(read_file(folder.path("empty"), 0).value(), IsEmpty());
}

TEST_F(FileTest, ReadsNoMoreOfAFileThatGrowsThanItMay) {
  // Its size is said to be nothing, as of any file in /proc.
  const auto grown = read_file("/proc/self/status", 4);
  EXPECT_EQ(grown.error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(grown.error().message, "/proc/self/status: cannot read: it grew beyond 4 bytes");
}

TEST_F(FileTest, RefusesToReadWhatIsNoFile) {
  folder.make_folder("f");
  ASSERT_EQ(::mkfifo(folder.path("pipe").c_str(), 0600), 0);
  for (const char* name : {"f", "pipe"}) {
    const auto read = read_file(folder.path(name));
    EXPECT_EQ(read.error().code, ErrorCode::io);
    EXPECT_EQ(read.error().message, folder.path(name) + ": cannot read: it is not a regular file");
  }
}

TEST_F(FileTest, ReadsRangesAndCallsAShortFileCorrupt) {
  folder.write("a", "0123456789");
  const Descriptor file = open_for_reading(folder.path("a")).value();
  Bytes part(3);
  ASSERT_TRUE(read_at(file.get(), part, 7, "a"));
  EXPECT_EQ(text_of(part), "789");
  EXPECT_EQ(read_at(file.get(), part, 8, "a").error().message, "a: cannot read: it is shorter than expected");
  EXPECT_EQ(read_at(file.get(), part, 8, "a").error().code, ErrorCode::corrupt);
  EXPECT_EQ(read_at(file.get(), part, UINT64_MAX / 4, "a").error().code, ErrorCode::corrupt);
}

TEST_F(FileTest, MakesFoldersWithTheirParents) {
  EXPECT_TRUE(make_folders(folder.path("a/b/c")));
  EXPECT_TRUE(make_folders(folder.path("a/b/c")));
  EXPECT_EQ(stat_file(folder.path("a/b/c")).value()->type, FileType::folder);
  EXPECT_TRUE(make_folders(folder.path("private"), 0700));
  EXPECT_EQ(stat_file(folder.path("private")).value()->mode, 0700u);
}

TEST_F(FileTest, SaysThatAFileIsInTheWayOfAFolder) {
  folder.write("a", "x");
  const auto made = make_folders(folder.path("a"));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::io);
  EXPECT_THAT(made.error().message, HasSubstr("in the way"));
  EXPECT_EQ(make_folders(folder.path("a/b")).error().code, ErrorCode::io);
}

TEST_F(FileTest, RemovesWhatMayBeGone) {
  folder.write("a", "x");
  EXPECT_TRUE(remove_file(folder.path("a")));
  EXPECT_FALSE(folder.exists("a"));
  EXPECT_TRUE(remove_file(folder.path("a")));
}

TEST_F(FileTest, CopiesAWholeFileAndARange) {
  const std::string text(3'000'000, 'q');
  folder.write("a", "head" + text);
  const Descriptor source = open_for_reading(folder.path("a")).value();
  const auto open_target = [&](const char* name) {
    return Descriptor(::open(folder.path(name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  };
  const Descriptor whole = open_target("whole");
  ASSERT_TRUE(copy_range(source.get(), 0, text.size() + 4, whole.get(), "whole"));
  EXPECT_EQ(folder.read("whole"), "head" + text);
  const Descriptor range = open_target("range");
  ASSERT_TRUE(copy_range(source.get(), 4, text.size(), range.get(), "range"));
  EXPECT_EQ(folder.read("range"), text);
  const Descriptor beyond = open_target("beyond");
  EXPECT_EQ(copy_range(source.get(), 4, text.size() + 1, beyond.get(), "beyond").error().code,
            ErrorCode::corrupt);
}

TEST_F(FileTest, AtomicFileAppearsWithItsCommitAlone) {
  folder.write("a", "old");
  {
    AtomicFile file = AtomicFile::create(folder.path("a")).value();
    ASSERT_TRUE(file.write(std::string_view("new")));
    EXPECT_EQ(folder.read("a"), "old");
    ASSERT_TRUE(file.commit(1'234'567'890'123'456'789));
  }
  EXPECT_EQ(folder.read("a"), "new");
  EXPECT_EQ(folder.stat("a").mtime_ns, 1'234'567'890'123'456'789);
  EXPECT_THAT(folder.names(), ElementsAre("a"));
}

TEST_F(FileTest, AtomicFileDiscardsWhatWasNotCommitted) {
  {
    AtomicFile file = AtomicFile::create(folder.path("a")).value();
    ASSERT_TRUE(file.write(std::string_view("half")));
    const AtomicFile moved(std::move(file));
    EXPECT_EQ(folder.names().size(), 1u);
  }
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST_F(FileTest, AtomicFileNeedsItsFolder) {
  const auto file = AtomicFile::create(folder.path("gone/a"));
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::io);
  EXPECT_THAT(file.error().message, HasSubstr(folder.path("gone/a")));
}

TEST_F(FileTest, AtomicFileHasTheModeThatUmaskGives) {
  const mode_t before = ::umask(027);
  EXPECT_TRUE(write_file(folder.path("a"), "x"));
  EXPECT_TRUE(AtomicFile::create(folder.path("b"), 0600).value().commit());
  ::umask(before);
  EXPECT_EQ(stat_file(folder.path("a")).value()->mode, 0640u);
  EXPECT_EQ(stat_file(folder.path("b")).value()->mode, 0600u);
}

TEST_F(FileTest, LeavesAFileAloneThatHoldsTheText) {
  EXPECT_EQ(write_file_if_different(folder.path("a"), "text", 5'000'000'000).value(), Written::yes);
  const FileStat before = folder.stat("a");
  EXPECT_EQ(write_file_if_different(folder.path("a"), "text", 6'000'000'000).value(), Written::unchanged);
  EXPECT_EQ(folder.stat("a"), before);
  EXPECT_EQ(write_file_if_different(folder.path("a"), "texts", 6'000'000'000).value(), Written::yes);
  EXPECT_EQ(folder.read("a"), "texts");
  EXPECT_EQ(folder.stat("a").mtime_ns, 6'000'000'000);
}

TEST_F(FileTest, LocksForOneAtATime) {
  folder.write("lock", "");
  const auto open_lock = [&] { return Descriptor(::open(folder.path("lock").c_str(), O_RDWR | O_CLOEXEC)); };
  Descriptor first = open_lock();
  const Descriptor second = open_lock();
  EXPECT_EQ(try_lock(first.get(), "lock").value(), LockOutcome::taken);
  EXPECT_EQ(try_lock(second.get(), "lock").value(), LockOutcome::held_by_another);
  first.reset();
  EXPECT_EQ(try_lock(second.get(), "lock").value(), LockOutcome::taken);
}

// In processes of their own, since a signal is remembered for good. Where a wait does not end, the alarm
// does.
class LockDeathTest : public testing::Test {
protected:
  [[nodiscard]] Descriptor open_lock() const {
    return Descriptor(::open(folder.path("lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  }
  void begin() {
    ::alarm(30);
    Interrupts::install();
    theirs = open_lock();
    ours = open_lock();
    EXPECT_EQ(try_lock(theirs.get(), "lock").value(), LockOutcome::taken);
  }
  [[noreturn]] static void end(bool is_right) { ::_exit(is_right ? 0 : 1); }
  static bool is_interrupted(const Result<void>& result) {
    return !result && result.error().code == ErrorCode::interrupted;
  }

  [[noreturn]] void wait_with_a_signal_there() {
    begin();
    ::raise(SIGTERM);
    end(is_interrupted(wait_for_lock(ours.get(), "lock", std::chrono::milliseconds(0))));
  }
  [[noreturn]] void wait_while_another_thread_gets_a_signal() {
    begin();
    signal_another_thread(SIGTERM);
    end(is_interrupted(wait_for_lock(ours.get(), "lock", std::chrono::milliseconds(0))));
  }
  [[noreturn]] void wait_with_patience() {
    begin();
    ::raise(SIGTERM);
    const auto start = std::chrono::steady_clock::now();
    const bool gave_up = is_interrupted(wait_for_lock(ours.get(), "lock", std::chrono::milliseconds(50)));
    const bool was_patient = std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(50);
    theirs.reset();
    end(gave_up && was_patient && wait_for_lock(ours.get(), "lock", std::chrono::milliseconds(0)));
  }

  ScratchFolder folder;
  Descriptor theirs;
  Descriptor ours;
};

TEST_F(LockDeathTest, IsNotWaitedForWhereASignalCameBefore) {
  EXPECT_EXIT(wait_with_a_signal_there(), testing::ExitedWithCode(0), "");
}

TEST_F(LockDeathTest, IsNotWaitedForWhereAnotherThreadGetsTheSignal) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(wait_while_another_thread_gets_a_signal(), testing::ExitedWithCode(0), "");
}

TEST_F(LockDeathTest, IsWaitedForAsLongAsToldAfterASignalAndTakenWhereItIsFree) {
  EXPECT_EXIT(wait_with_patience(), testing::ExitedWithCode(0), "");
}

TEST(Descriptor, ClosesWhatItOwnsOnce) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  Descriptor reading(ends[0]);
  {
    Descriptor writing(ends[1]);
    const Descriptor moved(std::move(writing));
    EXPECT_FALSE(writing.is_open());  // NOLINT: what is left of it is what is asked
    EXPECT_EQ(moved.get(), ends[1]);
  }
  char byte;
  EXPECT_EQ(::read(reading.get(), &byte, 1), 0);
  reading.reset();
  EXPECT_FALSE(reading.is_open());
}

}  // namespace
}  // namespace imgopt
