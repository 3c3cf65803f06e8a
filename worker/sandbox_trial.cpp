#include "worker/sandbox_trial.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <string_view>

#include "worker/sandbox.hpp"
#include "worker/vips_setup.hpp"

namespace imgopt {

namespace {

constexpr long k_io_uring_setup = 425;
constexpr int k_poison_memory = 100;  // MADV_HWPOISON

// Each attempt returns what the system call does: negative with errno where it failed. Only a refusal counts;
// that a file is not there does not.
struct Attempt {
  const char* name;
  long (*run)();
};

// A child that did start ends at once.
long start_child(long pid) {
  if (pid == 0)
    ::_exit(0);
  if (pid > 0)
    ::waitpid(static_cast<pid_t>(pid), nullptr, 0);
  return pid;
}

long map(int protection) {
  void* const pages = ::mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return pages == MAP_FAILED ? -1 : 0;
}

long run_program() {
  std::array<char*, 2> arguments = {const_cast<char*>("true"), nullptr};
  return ::execve("/bin/true", arguments.data(), arguments.data() + 1);
}

long make_executable() {
  void* const pages = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return ::mprotect(pages, 4096, PROT_READ | PROT_EXEC);
}

long raise_limit() {
  const rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
  return ::setrlimit(RLIMIT_CPU, &limit);
}

constexpr const char* k_nowhere = "imgopt-sandbox-trial";

long read_a_link() {
  std::array<char, 256> target{};
  return ::readlink("/proc/self/exe", target.data(), target.size());
}

// A thread cannot have a user namespace of its own, which the kernel says with another error than the filter.
long start_thread_in_namespace() {
  return ::syscall(SYS_clone,
                   CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_NEWUSER, 0, 0, 0,
                   0);
}

// Of no memory, so that nothing becomes of it where it passes.
long advise(int advice) {
  return ::madvise(nullptr, 0, advice);
}

// /proc/self/status, opened before the sandbox is entered.
int g_status = -1;

// Succeeds where the kernel says that the process has a capability in any of its own sets.
long hold_a_capability() {
  std::array<char, 4096> text{};
  const ssize_t got = ::pread(g_status, text.data(), text.size(), 0);
  const std::string_view status(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  for (const std::string_view name : {"CapInh:\t", "CapPrm:\t", "CapEff:\t", "CapAmb:\t"}) {
    const std::size_t at = status.find(name);
    if (at == std::string_view::npos)
      continue;
    const std::string_view line = status.substr(at + name.size());
    if (line.substr(0, line.find('\n')).find_first_not_of('0') != std::string_view::npos)
      return 0;
  }
  errno = status.empty() ? EIO : EPERM;
  return -1;
}

long ask_about_a_path() {
  struct stat status {};
  return ::stat("/etc/passwd", &status);
}

// Exec comes last: where it passes, there is nobody left to tell.
constexpr std::array<Attempt, 27> k_attempts = {{
    {"open a file for reading", [] { return long{::open("/etc/passwd", O_RDONLY | O_CLOEXEC)}; }},
    {"open a file for writing", [] { return long{::open(k_nowhere, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)}; }},
    {"list a folder", [] { return long{::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)}; }},
    {"ask whether a file exists", [] { return ask_about_a_path(); }},
    {"read a link", [] { return read_a_link(); }},
    {"open its own executable", [] { return long{::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)}; }},
    {"create a TCP socket", [] { return long{::socket(AF_INET, SOCK_STREAM, 0)}; }},
    {"create a Unix socket", [] { return long{::socket(AF_UNIX, SOCK_STREAM, 0)}; }},
    {"fork", [] { return start_child(::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); }},
    {"clone3", [] { return start_child(::syscall(SYS_clone3, nullptr, 0)); }},
    {"new user namespace", [] { return long{::unshare(CLONE_NEWUSER)}; }},
    {"start a thread in a new namespace", [] { return start_thread_in_namespace(); }},
    {"hold a capability", [] { return hold_a_capability(); }},
    {"signal the parent", [] { return long{::kill(::getppid(), 0)}; }},
    {"ptrace", [] { return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }},
    {"io_uring", [] { return ::syscall(k_io_uring_setup, 1, nullptr); }},
    {"create a memory file", [] { return long{::memfd_create(k_nowhere, 0)}; }},
    {"map executable memory", [] { return map(PROT_READ | PROT_EXEC); }},
    {"make memory executable", [] { return make_executable(); }},
    {"poison memory", [] { return advise(k_poison_memory); }},
    {"punch a hole into a file", [] { return advise(MADV_REMOVE); }},
    {"chmod", [] { return long{::chmod("/etc/passwd", 0644)}; }},
    {"symlink", [] { return long{::symlink("/etc/passwd", k_nowhere)}; }},
    {"rename", [] { return long{::rename(k_nowhere, k_nowhere)}; }},
    {"unlink", [] { return long{::unlink(k_nowhere)}; }},
    {"raise a limit", [] { return raise_limit(); }},
    {"run a program", [] { return run_program(); }},
}};

}  // namespace

SandboxTrial try_sandbox() {
  SandboxTrial trial;
  nlohmann::ordered_json json;
  json["attempts"] = nlohmann::ordered_json::array();
  json["layers"] = nlohmann::ordered_json::array();
  g_status = ::open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  Result<void> ready = set_up_vips();
  const auto layers = ready ? enter_sandbox(SandboxMode::required, {})
                            : Result<std::uint32_t>(tl::unexpected<Error>(std::move(ready).error()));
  if (!layers) {
    json["error"] = layers.error().message;
    trial.json = json.dump(2);
    return trial;
  }
  for (const std::string& name : sandbox_layer_names(*layers))
    json["layers"].push_back(name);
  trial.verdict = SandboxTrial::Verdict::all_refused;
  for (const Attempt& attempt : k_attempts) {
    const bool refused = attempt.run() < 0 && (errno == EPERM || errno == EACCES || errno == ENOSYS);
    json["attempts"].push_back({{"name", attempt.name}, {"refused", refused}});
    if (!refused)
      trial.verdict = SandboxTrial::Verdict::something_passed;
  }
  trial.json = json.dump(2);
  return trial;
}

}  // namespace imgopt
