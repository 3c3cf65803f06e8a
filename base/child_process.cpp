#include "base/child_process.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <sstream>

#include "base/interrupts.hpp"

namespace imgopt {

namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& text : texts)
    out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// The beginning of a file in /proc; empty where the process is gone.
std::string process_file(int pid, const char* name) {
  const Descriptor file(
      pid < 0 ? -1 : ::open(("/proc/" + std::to_string(pid) + "/" + name).c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 1024> text;
  const ssize_t got = file.is_open() ? ::read(file.get(), text.data(), text.size()) : 0;
  return {text.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

std::chrono::microseconds microseconds(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

// What follows up to close_from() runs in the child: async-signal-safe calls only, no allocation.

int descriptor_named(const char* name) {
  int number = 0;
  for (; *name >= '0' && *name <= '9'; ++name)
    number = 10 * number + (*name - '0');
  return *name == '\0' ? number : -1;  // "." and ".."
}

enum class Closing { done, impossible };

// The kernel lists by number, so what is closed on the way makes it leave nothing out.
Closing close_those_in_proc(int first) {
  const int folder = ::open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0)
    return Closing::impossible;
  alignas(dirent64) char entries[4096];
  long size = 0;
  while ((size = ::syscall(SYS_getdents64, folder, entries, sizeof(entries))) > 0) {
    for (long at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const dirent64*>(entries + at);
      const int listed = descriptor_named(entry->d_name);
      if (listed >= first && listed != folder)
        ::close(listed);
      at += entry->d_reclen;
    }
  }
  ::close(folder);
  return size == 0 ? Closing::done : Closing::impossible;
}

// As many as Linux permits by default, and few enough to try each.
constexpr rlim_t k_most_tried_descriptors = 1u << 20;

// Kernels before 5.9 have no close_range(), and some containers refuse it.
void close_from(int first) {
  if (::syscall(SYS_close_range, static_cast<unsigned>(first), ~0u, 0u) == 0 ||
      close_those_in_proc(first) == Closing::done)
    return;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const int end = static_cast<int>(std::min(limit.rlim_max, k_most_tried_descriptors));
  for (int descriptor = first; descriptor < end; ++descriptor)
    ::close(descriptor);
}

}  // namespace

std::string ExitStatus::describe() const {
  if (signal != 0) {
    const char* name = ::sigabbrev_np(signal);
    return name != nullptr ? std::string("killed by SIG") + name
                           : "killed by signal " + std::to_string(signal);
  }
  return "exit status " + std::to_string(code);
}

Result<ChildProcess> ChildProcess::start(const ChildSetup& setup) {
  std::vector<std::string> arguments;
  arguments.push_back(setup.program);
  arguments.insert(arguments.end(), setup.arguments.begin(), setup.arguments.end());
  std::vector<std::string> environment = setup.environment;
  const std::vector<char*> argument_pointers = pointers(arguments);
  const std::vector<char*> environment_pointers = pointers(environment);

  const Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null.is_open())
    return system_error("/dev/null", "cannot open", errno);
  std::vector<int> targets = {null.get(), setup.standard_output >= 0 ? setup.standard_output : null.get(),
                              setup.standard_error >= 0 ? setup.standard_error : STDERR_FILENO};
  targets.insert(targets.end(), setup.given.begin(), setup.given.end());

  // A pipe that exec closes: what comes out of it is the errno of a start that failed.
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return system_error(setup.program, "cannot create a pipe", errno);
  const Descriptor failure_out(ends[0]);
  Descriptor failure_in(ends[1]);
  const int parent = ::getpid();
  // The descriptor that reports the failure must outlive close_from(), so it is one more target.
  const std::size_t kept = targets.size();
  targets.push_back(failure_in.get());
  const pid_t pid = ::fork();
  if (pid < 0)
    return system_error(setup.program, "cannot start a process", errno);
  if (pid == 0) {
    // Only async-signal-safe calls from here: other threads of the tool may hold locks.
    const int failure_place = static_cast<int>(kept);
    int failure = failure_in.get();
    int error = 0;
    // Dies with its parent; one that is gone already would never be noticed.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
      ::_exit(127);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    // First out of the way, so that no target overwrites a descriptor still to be placed.
    constexpr int k_out_of_the_way = 64;
    for (std::size_t i = 0; i < targets.size() && error == 0; ++i) {
      targets[i] = ::fcntl(targets[i], F_DUPFD, k_out_of_the_way);
      if (targets[i] < 0)
        error = errno;
    }
    if (error == 0)
      failure = targets[kept];
    for (std::size_t i = 0; i < targets.size() && error == 0; ++i)
      if (::dup2(targets[i], static_cast<int>(i)) < 0)
        error = errno;
    if (error == 0) {
      failure = failure_place;
      for (const int copy : targets)
        ::close(copy);
      // dup2 dropped close-on-exec: the pipe must close when exec succeeds.
      ::fcntl(failure_place, F_SETFD, FD_CLOEXEC);
      close_from(failure_place + 1);
      ::execve(setup.program.c_str(), argument_pointers.data(), environment_pointers.data());
      error = errno;
    }
    [[maybe_unused]] const ssize_t ignored = ::write(failure, &error, sizeof(error));
    ::_exit(127);
  }
  failure_in.reset();
  int error = 0;
  ssize_t got;
  while ((got = ::read(failure_out.get(), &error, sizeof(error))) < 0 && errno == EINTR) {
  }
  if (got == static_cast<ssize_t>(sizeof(error))) {
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    return system_error(setup.program, "cannot start", error);
  }
  const int watch = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0u));
  ChildProcess child(pid, Descriptor(watch));
  if (watch < 0)
    return system_error(setup.program, "cannot watch the process", errno);
  return child;
}

ChildProcess::ChildProcess(int pid, Descriptor watch) : m_pid(pid), m_watch(std::move(watch)) {
  ::clock_getcpuclockid(pid, &m_cpu_clock);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : m_pid(std::exchange(other.m_pid, -1)),
      m_cpu_clock(other.m_cpu_clock),
      m_watch(std::move(other.m_watch)),
      m_final_cpu(other.m_final_cpu),
      m_limits(other.m_limits) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    std::swap(m_pid, other.m_pid);
    std::swap(m_cpu_clock, other.m_cpu_clock);
    std::swap(m_watch, other.m_watch);
    std::swap(m_final_cpu, other.m_final_cpu);
    std::swap(m_limits, other.m_limits);
  }
  return *this;
}

ChildProcess::~ChildProcess() {
  if (m_pid < 0)
    return;
  kill();
  static_cast<void>(wait());
}

std::chrono::microseconds ChildProcess::cpu_time() const {
  timespec time;
  if (m_pid < 0)
    return m_final_cpu;
  if (::clock_gettime(m_cpu_clock, &time) != 0)
    return {};
  return std::chrono::seconds(time.tv_sec) +
         std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::nanoseconds(time.tv_nsec));
}

std::uint64_t ChildProcess::resident_memory() const {
  // Pages: all, resident, shared, ...
  unsigned long long resident = 0;
  if (std::sscanf(process_file(m_pid, "statm").c_str(), "%*u %llu", &resident) != 1)
    return 0;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

unsigned ChildProcess::thread_count() const {
  const std::string text = process_file(m_pid, "stat");
  // The second of its fields is the name in parentheses, which may hold anything; the twentieth is wanted.
  const std::size_t name_end = text.rfind(") ");
  if (name_end == std::string::npos)
    return 0;
  std::istringstream fields(text.substr(name_end + 2));
  std::string skipped;
  for (int field = 3; field < 20; ++field)
    fields >> skipped;
  unsigned threads = 0;
  fields >> threads;
  return threads;
}

Result<void> ChildProcess::limit_memory(std::uint64_t data, std::uint64_t address_space, std::uint64_t file) {
  const std::array limits{data, address_space, file};
  if (m_limits == limits)
    return {};
  const auto lower = [this](__rlimit_resource resource, std::uint64_t bytes) {
    rlimit limit{};
    if (::prlimit(m_pid, resource, nullptr, &limit) != 0)
      return false;
    // The hard limit stays, so that the next record may have more.
    limit.rlim_cur = std::min<rlim_t>(bytes, limit.rlim_max);
    return ::prlimit(m_pid, resource, &limit, nullptr) == 0;
  };
  if (m_pid >= 0 &&
      (!lower(RLIMIT_DATA, data) || !lower(RLIMIT_AS, address_space) || !lower(RLIMIT_FSIZE, file)) &&
      errno != ESRCH)
    return system_error("worker", "cannot limit its memory", errno);
  m_limits = limits;
  return {};
}

void ChildProcess::kill() {
  if (m_pid >= 0)
    ::kill(m_pid, SIGKILL);
}

Result<ExitStatus> ChildProcess::wait() {
  if (m_pid < 0)
    return fail(ErrorCode::internal, "a process was waited for twice");
  int raw = 0;
  rusage usage{};
  while (::wait4(m_pid, &raw, 0, &usage) < 0) {
    if (errno != EINTR)
      return system_error("worker", "cannot wait for the process", errno);
  }
  m_pid = -1;
  m_final_cpu = microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
  ExitStatus status;
  if (WIFSIGNALED(raw))
    status.signal = WTERMSIG(raw);
  else
    status.code = WEXITSTATUS(raw);
  return status;
}

namespace {

using Clock = std::chrono::steady_clock;

enum class Awaited { readable, too_late, interrupted };

// Waits until one of two descriptors has something to read, or its end; until `end` at most, or a signal. A
// negative descriptor is none.
Awaited wait_for_reading(int file, int other, Clock::time_point end) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    std::array events{pollfd{file, POLLIN, 0}, pollfd{other, POLLIN, 0},
                      pollfd{Interrupts::descriptor(), POLLIN, 0}};
    const int ready =
        ::poll(events.data(), events.size(), static_cast<int>(std::max<std::int64_t>(0, left.count())));
    if (Interrupts::pending() != 0)
      return Awaited::interrupted;
    if (ready > 0)
      return Awaited::readable;
    if (ready == 0 || errno != EINTR)
      return Awaited::too_late;
  }
}

struct Pipe {
  Descriptor out;  // a read of it does not wait
  Descriptor in;
};

Result<Pipe> make_pipe(const std::string& program) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return system_error(program, "cannot create a pipe", errno);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

// Takes what is there, a bounded piece at most; closes a pipe that has ended.
Result<void> read_piece(Descriptor& pipe, std::string& text, const std::string& program) {
  if (!pipe.is_open())
    return {};
  std::array<char, 4096> buffer;
  const ssize_t got = ::read(pipe.get(), buffer.data(), buffer.size());
  if (got < 0 && errno != EINTR && errno != EAGAIN)
    return system_error(program, "cannot read its output", errno);
  if (got == 0)
    pipe.reset();
  if (got > 0)
    text.append(buffer.data(), static_cast<std::size_t>(got));
  return {};
}

// An image can make a decoder write megabytes of warnings: the end of it is enough to say what happened.
constexpr std::size_t k_kept_error_bytes = 4096;

}  // namespace

Result<ProgramOutput> run_program(const ChildSetup& setup, std::size_t max_bytes,
                                  std::chrono::milliseconds longest, ErrorOutput error_output) {
  const auto end = Clock::now() + longest;
  const auto wait_for = [&](int file, int other) -> Result<void> {
    const Awaited awaited = wait_for_reading(file, other, end);
    if (awaited == Awaited::interrupted)
      return interrupted();
    if (awaited == Awaited::too_late)
      return fail(ErrorCode::limit_exceeded,
                  setup.program + ": did not end within " + std::to_string(longest.count() / 1000) + " s");
    return {};
  };
  IMGOPT_ASSIGN(Pipe pipe, make_pipe(setup.program));
  Pipe errors;
  ChildSetup piped = setup;
  piped.standard_output = pipe.in.get();
  if (error_output == ErrorOutput::kept) {
    IMGOPT_ASSIGN(errors, make_pipe(setup.program));
    piped.standard_error = errors.in.get();
  }
  IMGOPT_ASSIGN(ChildProcess child, ChildProcess::start(piped));
  pipe.in.reset();
  errors.in.reset();
  ProgramOutput output;
  while (pipe.out.is_open() || errors.out.is_open()) {
    IMGOPT_TRY(wait_for(pipe.out.get(), errors.out.get()));
    IMGOPT_TRY(read_piece(pipe.out, output.standard_output, setup.program));
    if (output.standard_output.size() > max_bytes)
      return fail(ErrorCode::limit_exceeded, setup.program + ": wrote more than expected");
    std::string& kept = output.standard_error;
    IMGOPT_TRY(read_piece(errors.out, kept, setup.program));
    if (kept.size() > 2 * k_kept_error_bytes)
      kept.erase(0, kept.size() - k_kept_error_bytes);
  }
  // It may have closed its output and go on.
  IMGOPT_TRY(wait_for(child.watch_descriptor(), -1));
  IMGOPT_ASSIGN(output.status, child.wait());
  return output;
}

}  // namespace imgopt
