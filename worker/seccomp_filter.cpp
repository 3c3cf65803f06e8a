#include "worker/seccomp_filter.hpp"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

namespace imgopt {

namespace {

struct ReleaseFilter {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, ReleaseFilter>;

// Harmless whatever their arguments are: they reach only this process and its open descriptors.
// fstat looks at a descriptor alone. newfstatat, which libc's fstat may be made of, is not here: it tells of
// any path whether it exists and how large it is, and Landlock does not hide that.
constexpr std::array k_free_calls = {SCMP_SYS(read),
                                     SCMP_SYS(readv),
                                     SCMP_SYS(pread64),
                                     SCMP_SYS(write),
                                     SCMP_SYS(writev),
                                     SCMP_SYS(pwrite64),
                                     SCMP_SYS(lseek),
                                     SCMP_SYS(close),
                                     SCMP_SYS(fstat),
                                     SCMP_SYS(recvmsg),
                                     SCMP_SYS(sendmsg),
                                     SCMP_SYS(poll),
                                     SCMP_SYS(ppoll),
                                     SCMP_SYS(munmap),
                                     SCMP_SYS(mremap),
                                     SCMP_SYS(brk),
                                     SCMP_SYS(futex),
                                     SCMP_SYS(clock_gettime),
                                     SCMP_SYS(clock_getres),
                                     SCMP_SYS(clock_nanosleep),
                                     SCMP_SYS(nanosleep),
                                     SCMP_SYS(gettimeofday),
                                     SCMP_SYS(time),
                                     SCMP_SYS(getpid),
                                     SCMP_SYS(gettid),
                                     SCMP_SYS(getuid),
                                     SCMP_SYS(geteuid),
                                     SCMP_SYS(getgid),
                                     SCMP_SYS(getegid),
                                     SCMP_SYS(rt_sigaction),
                                     SCMP_SYS(rt_sigprocmask),
                                     SCMP_SYS(rt_sigreturn),
                                     SCMP_SYS(sigaltstack),
                                     SCMP_SYS(exit),
                                     SCMP_SYS(exit_group),
                                     SCMP_SYS(sched_yield),
                                     SCMP_SYS(sched_getaffinity),
                                     SCMP_SYS(getrandom),
                                     SCMP_SYS(getrusage),
                                     SCMP_SYS(sysinfo),
                                     SCMP_SYS(uname),
                                     SCMP_SYS(set_robust_list),
                                     SCMP_SYS(rseq),
                                     SCMP_SYS(restart_syscall),
                                     SCMP_SYS(set_tid_address),
                                     SCMP_SYS(membarrier),
                                     SCMP_SYS(getcpu)};

// Commands of fcntl that look at a descriptor.
constexpr std::array k_fcntl_commands = {F_GETFL, F_GETFD, F_SETFD, F_GET_SEALS};

// prctl: names of threads and of memory areas (0x53564d41 is PR_SET_VMA).
constexpr std::array k_prctl_options = {PR_SET_NAME, PR_GET_NAME, 0x53564d41};

// Advice of libc, libvips, sanitizers and worker/large_pages on memory of the own process. Others give back
// pages of files, or are root's to test the kernel with.
constexpr std::array k_memory_advice = {MADV_NORMAL,   MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED,
                                        MADV_DONTNEED, MADV_FREE,   MADV_HUGEPAGE,   MADV_NOHUGEPAGE,
                                        MADV_DONTDUMP, MADV_DODUMP};

// What makes a thread of a new task, and what libc may add for its own books. Nothing else: no namespaces, no
// other parent, no descriptor or tracer of it. 0x400000 is CLONE_DETACHED, which musl sets and the kernel
// ignores.
constexpr std::uint64_t k_thread_flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
constexpr std::uint64_t k_thread_books =
    CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | 0x400000;

// Collects the first error of many rules.
class Rules {
public:
  explicit Rules(void* filter) : m_filter(filter) {}

  template <typename... Conditions>
  void allow(int call, Conditions... conditions) {
    note(seccomp_rule_add(m_filter, SCMP_ACT_ALLOW, call, sizeof...(conditions), conditions...));
  }
  void refuse(int call, int error) {
    note(seccomp_rule_add(m_filter, SCMP_ACT_ERRNO(static_cast<std::uint16_t>(error)), call, 0));
  }
  [[nodiscard]] int error() const { return m_error; }

private:
  void note(int result) {
    // A call that this architecture does not have needs no rule.
    if (result < 0 && result != -EDOM && m_error == 0)
      m_error = -result;
  }
  void* m_filter;
  int m_error = 0;
};

scmp_arg_cmp equal(unsigned argument, std::uint64_t value) {
  return {argument, SCMP_CMP_EQ, value, 0};
}

scmp_arg_cmp masked(unsigned argument, std::uint64_t mask, std::uint64_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

void add_rules(Rules& rules) {
  for (const int call : k_free_calls)
    rules.allow(call);
  // Memory is never executable, nor made so.
  rules.allow(SCMP_SYS(mmap), masked(2, PROT_EXEC, 0));
  rules.allow(SCMP_SYS(mprotect), masked(2, PROT_EXEC, 0));
  // Threads, no processes: libc tries clone3 first, whose flags a filter cannot see.
  rules.allow(SCMP_SYS(clone), masked(0, ~k_thread_books, k_thread_flags));
  rules.refuse(SCMP_SYS(clone3), ENOSYS);
  // abort() signals its own thread; no other process can be.
  rules.allow(SCMP_SYS(tgkill), equal(0, static_cast<std::uint64_t>(::getpid())));
  for (const int advice : k_memory_advice)
    rules.allow(SCMP_SYS(madvise), equal(2, static_cast<std::uint64_t>(advice)));
  for (const int command : k_fcntl_commands)
    rules.allow(SCMP_SYS(fcntl), equal(1, static_cast<std::uint64_t>(command)));
  for (const int option : k_prctl_options)
    rules.allow(SCMP_SYS(prctl), equal(0, static_cast<std::uint64_t>(option)));
  // Limits may be read (the size of a thread's stack), not written.
  rules.allow(SCMP_SYS(prlimit64), equal(0, 0), equal(2, 0));
}

tl::unexpected<Error> unavailable(const char* operation, int error) {
  return fail(ErrorCode::io, std::string("sandbox: seccomp: ") + operation + ": " + std::strerror(error));
}

}  // namespace

Result<void> allow_only_computing() {
  const Filter filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
  if (!filter)
    return unavailable("cannot make a filter", ENOMEM);
  Rules rules(filter.get());
  add_rules(rules);
  if (rules.error() != 0)
    return unavailable("cannot add a rule", rules.error());
  if (const int result = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1); result < 0)
    return unavailable("cannot bind all threads", -result);
  if (const int result = seccomp_load(filter.get()); result < 0)
    return unavailable("cannot load the filter", -result);
  return {};
}

}  // namespace imgopt
