// The lock of a build state: one run at a time uses a state; and the clock of the file system it stands on.
#pragma once

#include <cstdint>
#include <string>

#include "base/file.hpp"
#include "base/result.hpp"

namespace imgopt {

// The file by which the state at that path is locked. It stays.
[[nodiscard]] std::string lock_path(const std::string& state_path);

class StateLock {
public:
  // Makes the state's folder where there is none, and waits for another run with the same state to end.
  // Fails with interrupted where a signal arrives meanwhile.
  [[nodiscard]] static Result<StateLock> take(const std::string& state_path);

  // The moment at which the lock was taken, by the clock and in the steps of the state's file system:
  // nanoseconds since the epoch.
  [[nodiscard]] std::int64_t now_ns() const { return m_now_ns; }
  // A file whose times lie this close to a moment may have changed after it with no change of times.
  // Nanoseconds.
  [[nodiscard]] std::int64_t time_step_ns() const { return m_time_step_ns; }

private:
  StateLock(Descriptor file, std::int64_t now_ns, std::int64_t time_step_ns)
      : m_file(std::move(file)), m_now_ns(now_ns), m_time_step_ns(time_step_ns) {}
  Descriptor m_file;
  std::int64_t m_now_ns;
  std::int64_t m_time_step_ns;
};

}  // namespace imgopt
