#include "base/child_process.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>

#include "base/interrupts.hpp"
#include "base/mapped_memory.hpp"
#include "tests/unit/base/scratch_folder.hpp"
#include "tests/unit/base/signal_another_thread.hpp"

namespace imgopt {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

ChildSetup shell(std::string script) {
  ChildSetup setup;
  setup.program = "/bin/sh";
  setup.arguments = {"-c", std::move(script)};
  return setup;
}

ExitStatus status_of(const ChildSetup& setup) {
  auto child = ChildProcess::start(setup);
  EXPECT_TRUE(child) << (child ? "" : child.error().message);
  return child ? child->wait().value() : ExitStatus{-1, 0};
}

std::string output_of(const ChildSetup& setup) {
  const auto output = run_program(setup, 4096);
  EXPECT_TRUE(output) << (output ? "" : output.error().message);
  return output ? output->standard_output : "";
}

struct EndCase {
  const char* script;
  int code;
  int signal;
  const char* described;
};

class ChildEndTest : public testing::TestWithParam<EndCase> {};

TEST_P(ChildEndTest, IsTold) {
  const ExitStatus status = status_of(shell(GetParam().script));
  EXPECT_EQ(status.code, GetParam().code);
  EXPECT_EQ(status.signal, GetParam().signal);
  EXPECT_EQ(status.is_success(), GetParam().code == 0 && GetParam().signal == 0);
  EXPECT_EQ(status.describe(), GetParam().described);
}

TEST(ChildProcess, IsWaitedForOnce) {
  auto child = ChildProcess::start(shell("exit 0")).value();
  ASSERT_TRUE(child.wait());
  EXPECT_EQ(child.wait().error().message, "a process was waited for twice");
}

INSTANTIATE_TEST_SUITE_P(Ends, ChildEndTest,
                         testing::Values(EndCase{"exit 0", 0, 0, "exit status 0"},
                                         EndCase{"exit 3", 3, 0, "exit status 3"},
                                         EndCase{"kill -SEGV $$", 0, SIGSEGV, "killed by SIGSEGV"},
                                         EndCase{"kill -KILL $$", 0, SIGKILL, "killed by SIGKILL"},
                                         EndCase{"kill -40 $$", 0, 40, "killed by signal 40"}));

TEST(ChildProcess, HasTheGivenDescriptorsInOrderAndNoOthers) {
  const Descriptor leaked(::open("/dev/null", O_RDONLY));  // no close-on-exec
  ASSERT_TRUE(leaked.is_open());
  std::vector<Descriptor> files;
  for (const char* text : {"first ", "second "}) {
    files.push_back(create_memory_file("imgopt-test").value());
    ASSERT_TRUE(write_descriptor(files.back().get(), view(text), text));
    ASSERT_EQ(::lseek(files.back().get(), 0, SEEK_SET), 0);
  }
  // The last one listed is the shell's own, which reads the folder.
  ChildSetup setup = shell("cat <&3; cat <&4; cd /proc/self/fd && echo *");
  setup.environment = {"PATH=/usr/bin:/bin"};
  setup.given = {files[0].get(), files[1].get()};
  EXPECT_EQ(output_of(setup), "first second 0 1 2 3 4 5\n");
}

// As old kernels and some containers do; for this process and its children.
void refuse_call(unsigned number, unsigned error) {
  std::array<sock_filter, 4> program = {{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  const sock_fprog filter{program.size(), program.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
    ::_exit(2);
}

// In a process of its own. Where the start waits for ever, the alarm ends it.
[[noreturn]] void start_where_calls_are_refused(std::initializer_list<unsigned> calls, unsigned error) {
  ::alarm(60);
  for (const unsigned call : calls)
    refuse_call(call, error);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  for (int i = 0; i < 300; ++i)             // more than one look at /proc gives
    if (::open("/dev/null", O_RDONLY) < 0)  // no close-on-exec
      ::_exit(3);
  ChildSetup setup =
      shell("i=0; while [ $i -lt 500 ]; do [ -e /proc/self/fd/$i ] && echo $i; i=$((i+1)); done");
  const Descriptor given(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  setup.given = {given.get()};
  ::_exit(output_of(setup) == "0\n1\n2\n3\n" ? 0 : 1);
}

TEST(ChildProcessDeathTest, HasNoOtherDescriptorsWhereCloseRangeIsRefused) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto starts_well = testing::ExitedWithCode(0);
  EXPECT_EXIT(start_where_calls_are_refused({SYS_close_range}, EPERM), starts_well, "");
  EXPECT_EXIT(start_where_calls_are_refused({SYS_close_range}, ENOSYS), starts_well, "");
  EXPECT_EXIT(start_where_calls_are_refused({SYS_close_range, SYS_getdents64}, EPERM), starts_well, "");
}

TEST(ChildProcess, PlacesDescriptorsThatAreInEachOthersWay) {
  // The second given one may have the number that the first is to get, and the reverse.
  std::vector<Descriptor> files;
  for (const char* text : {"a", "b", "c"}) {
    files.push_back(create_memory_file("imgopt-test").value());
    ASSERT_TRUE(write_descriptor(files.back().get(), view(text), text));
    ASSERT_EQ(::lseek(files.back().get(), 0, SEEK_SET), 0);
  }
  ChildSetup setup = shell("cat <&3; cat <&4; cat <&5");
  setup.environment = {"PATH=/usr/bin:/bin"};
  setup.given = {files[2].get(), files[1].get(), files[0].get()};
  EXPECT_EQ(output_of(setup), "cba");
}

TEST(ChildProcess, InheritsNoEnvironment) {
  ASSERT_EQ(::setenv("IMGOPT_TEST_LEAK", "1", 1), 0);
  ChildSetup setup;
  setup.program = "/usr/bin/env";
  setup.environment = {"ONE=1", "TWO=2"};
  EXPECT_EQ(output_of(setup), "ONE=1\nTWO=2\n");
}

TEST(ChildProcess, NamesAProgramThatCannotStart) {
  const ScratchFolder folder;
  ChildSetup setup;
  setup.program = folder.path("gone");
  const auto missing = ChildProcess::start(setup);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, folder.path("gone") + ": cannot start: No such file or directory");
  folder.write("text", "not a program");
  setup.program = folder.path("text");
  const auto refused = ChildProcess::start(setup);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("cannot start: Permission denied"));
}

TEST(ChildProcess, WatchDescriptorIsReadableOnceItEnded) {
  ChildProcess child = ChildProcess::start(shell("read line")).value();  // /dev/null: ends at once
  pollfd event{child.watch_descriptor(), POLLIN, 0};
  EXPECT_EQ(::poll(&event, 1, 30'000), 1);
  EXPECT_EQ(child.wait().value().code, 1);
  EXPECT_FALSE(child.wait());
}

TEST(ChildProcess, CountsCpuTimeAfterItsEnd) {
  ChildProcess child = ChildProcess::start(shell("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done")).value();
  ASSERT_TRUE(child.wait());
  EXPECT_GT(child.cpu_time().count(), 0);
}

TEST(ChildProcess, TellsItsThreads) {
  // Under a name that looks like what stands behind it.
  const ScratchFolder folder;
  ChildSetup setup;
  setup.program = folder.path("a) S 1 (b) ");
  folder.write("a) S 1 (b) ", "#!/bin/sh\nwhile :; do :; done\n");
  ASSERT_EQ(::chmod(setup.program.c_str(), 0700), 0);
  ChildProcess child = ChildProcess::start(setup).value();
  EXPECT_EQ(child.thread_count(), 1u);
  child.kill();
  ASSERT_TRUE(child.wait());
  EXPECT_EQ(child.thread_count(), 0u);
}

TEST(ChildProcess, DiesWithItsObject) {
  Descriptor watch;
  {
    ChildSetup setup;
    setup.program = "/bin/sleep";
    setup.arguments = {"1000"};
    ChildProcess child = ChildProcess::start(setup).value();
    watch = Descriptor(::dup(child.watch_descriptor()));
    ChildProcess moved(std::move(child));
    EXPECT_EQ(child.pid(), -1);  // NOLINT: what is left of it is what is asked
  }
  pollfd event{watch.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&event, 1, 0), 1);
}

TEST(ChildProcess, DiesWithItsOwner) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t owner = ::fork();
  if (owner == 0) {
    ChildSetup setup;
    setup.program = "/bin/sleep";
    setup.arguments = {"1000"};
    const auto child = ChildProcess::start(setup);
    const int pid = child ? child->pid() : -1;
    if (::write(ends[1], &pid, sizeof(pid)) < 0)
      ::_exit(1);
    for (;;)
      ::pause();
  }
  int pid = -1;
  ASSERT_EQ(::read(ends[0], &pid, sizeof(pid)), static_cast<ssize_t>(sizeof(pid)));
  ASSERT_GT(pid, 0);
  const Descriptor watch(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0u)));
  ASSERT_TRUE(watch.is_open());
  ::kill(owner, SIGKILL);
  ::waitpid(owner, nullptr, 0);
  pollfd event{watch.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&event, 1, 30'000), 1);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(RunProgram, GivesOutputAndStatus) {
  const ProgramOutput output = run_program(shell("echo out; echo err >&2; exit 4"), 100).value();
  EXPECT_EQ(output.standard_output, "out\n");
  EXPECT_EQ(output.status.code, 4);
}

TEST(RunProgram, KeepsTheEndOfStandardErrorAlone) {
  ChildSetup setup = shell("head -c 20000000 /dev/zero >&2; echo out; echo last words >&2");
  setup.environment = {"PATH=/usr/bin:/bin"};
  const ProgramOutput output = run_program(setup, 100, std::chrono::hours(1), ErrorOutput::kept).value();
  EXPECT_EQ(output.standard_output, "out\n");
  EXPECT_THAT(output.standard_error, EndsWith("last words\n"));
  EXPECT_LT(output.standard_error.size(), 10'000u);
}

TEST(RunProgram, EndsAProgramThatWritesTooMuch) {
  const auto output = run_program(shell("while :; do echo endless; done"), 1000);
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(output.error().message, "/bin/sh: wrote more than expected");
}

TEST(RunProgram, EndsAProgramThatGoesOnForEver) {
  for (const char* script : {"exec sleep 1000", "exec sleep 1000 >&-"}) {
    const auto output = run_program(shell(script), 1000, std::chrono::milliseconds(50));
    ASSERT_FALSE(output) << script;
    EXPECT_EQ(output.error().code, ErrorCode::limit_exceeded);
    EXPECT_THAT(output.error().message, HasSubstr("/bin/sh: did not end within "));
  }
}

// In a process of its own, since a signal is remembered for good. Where the wait does not end, the alarm
// does.
[[noreturn]] void run_while_another_thread_gets_a_signal() {
  ::alarm(30);
  Interrupts::install();
  signal_another_thread(SIGTERM);
  const auto output = run_program(shell("exec sleep 1000"), 1000);
  ::_exit(!output && output.error().code == ErrorCode::interrupted ? 0 : 1);
}

TEST(RunProgramDeathTest, EndsTheProgramAtASignal) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(run_while_another_thread_gets_a_signal(), testing::ExitedWithCode(0), "");
}

TEST(ChildProcessTest, LimitsTheMemoryOfARunningChild) {
  ChildSetup setup = shell(
      "while [ \"$(ulimit -S -f)\" = unlimited ]; do :; done; ulimit -S -d; ulimit -S -v; ulimit -S -f");
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Descriptor out(ends[0]);
  Descriptor in(ends[1]);
  setup.standard_output = in.get();
  ChildProcess child = ChildProcess::start(setup).value();
  in.reset();
  EXPECT_GT(child.resident_memory(), 0u);
  ASSERT_TRUE(child.limit_memory(1u << 30, 2u << 30, 4u << 20));
  ASSERT_TRUE(child.wait());
  std::array<char, 100> text{};
  ASSERT_GT(::read(out.get(), text.data(), text.size()), 0);
  EXPECT_STREQ(text.data(), "1048576\n2097152\n8192\n");
  EXPECT_EQ(child.resident_memory(), 0u);
}

}  // namespace
}  // namespace imgopt
