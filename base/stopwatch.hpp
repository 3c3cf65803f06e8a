// Elapsed time and the time of day.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

namespace imgopt {

// Wall-clock time since it was made, by a clock that nobody sets.
class Stopwatch {
public:
  [[nodiscard]] double wall_ms() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - m_start).count();
  }

private:
  std::chrono::steady_clock::time_point m_start = std::chrono::steady_clock::now();
};

// CPU time of this process, all threads, since it began.
[[nodiscard]] inline double process_cpu_ms() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

// The time of day: nanoseconds since the epoch.
[[nodiscard]] inline std::int64_t wall_clock_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace imgopt
