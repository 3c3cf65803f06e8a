// Child processes: started with exactly the descriptors and environment they are given, watched through a
// descriptor, and gone when their owner is.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"

namespace imgopt {

// How a process ended.
struct ExitStatus {
  int code = 0;    // exit status, where signal is 0
  int signal = 0;  // the signal that ended it, or 0
  [[nodiscard]] bool is_success() const { return code == 0 && signal == 0; }
  [[nodiscard]] std::string describe() const;  // "exit status 3", "killed by SIGSEGV"
};

struct ChildSetup {
  std::string program;                   // absolute path
  std::vector<std::string> arguments;    // without the program's name
  std::vector<std::string> environment;  // "NAME=value"; nothing else is inherited
  // Descriptors as the child sees them: given[i] becomes descriptor 3 + i. All others are closed.
  std::vector<int> given;
  int standard_output = -1;  // -1: /dev/null
  int standard_error = -1;   // -1: ours
};

// A running child. Its destructor kills and reaps it.
class ChildProcess {
public:
  [[nodiscard]] static Result<ChildProcess> start(const ChildSetup& setup);
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;

  [[nodiscard]] int pid() const { return m_pid; }
  // Readable once the process has ended (pidfd).
  [[nodiscard]] int watch_descriptor() const { return m_watch.get(); }
  // CPU time used so far, user and system; after wait(), all of it.
  [[nodiscard]] std::chrono::microseconds cpu_time() const;
  // Bytes resident now; 0 where that cannot be told.
  [[nodiscard]] std::uint64_t resident_memory() const;
  // Threads that it has now; 0 where that cannot be told.
  [[nodiscard]] unsigned thread_count() const;
  // From outside and at once: what it may allocate (RLIMIT_DATA), map (RLIMIT_AS) and have in one file
  // (RLIMIT_FSIZE; memory files are memory) from now on, in bytes. More than it has already takes nothing
  // away; its next allocation or write fails. Costs nothing where the limits are those of the last call.
  [[nodiscard]] Result<void> limit_memory(std::uint64_t data, std::uint64_t address_space,
                                          std::uint64_t file);
  void kill();
  // Reaps it: waits for its end unless it has already ended.
  [[nodiscard]] Result<ExitStatus> wait();

private:
  ChildProcess(int pid, Descriptor watch);
  int m_pid = -1;
  clockid_t m_cpu_clock{};
  Descriptor m_watch;
  std::chrono::microseconds m_final_cpu{};
  std::optional<std::array<std::uint64_t, 3>> m_limits;  // as limit_memory() set them last
};

// Runs a program to its end and returns what it wrote to standard output (at most `max_bytes`) with its
// status. A program that writes more, or has not ended after `longest`, is killed: limit_exceeded. So
// is one that has not ended when a signal arrives: interrupted.
struct ProgramOutput {
  ExitStatus status;
  std::string standard_output;
  std::string standard_error;  // the last few thousand bytes of it, where it was to be kept
};
enum class ErrorOutput { passed_on, kept };  // to where `setup` says, or in the program's memory
[[nodiscard]] Result<ProgramOutput> run_program(const ChildSetup& setup, std::size_t max_bytes,
                                                std::chrono::milliseconds longest = std::chrono::hours(24),
                                                ErrorOutput error_output = ErrorOutput::passed_on);

}  // namespace imgopt
