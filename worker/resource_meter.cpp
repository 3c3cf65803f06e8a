#include "worker/resource_meter.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <ctime>
#include <string_view>

namespace imgopt {

std::uint64_t process_cpu_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

ResourceMeter ResourceMeter::open() {
  ResourceMeter meter;
  meter.m_status = Descriptor(::open("/proc/self/status", O_RDONLY | O_CLOEXEC));
  meter.m_reset = Descriptor(::open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC));
  return meter;
}

void ResourceMeter::begin() {
  m_started = process_cpu_microseconds();
  // "5" sets the peak back to what is resident now (proc(5)). Where that is refused, the peak is the
  // process's.
  if (m_reset.is_open() && ::pwrite(m_reset.get(), "5", 1, 0) != 1)
    m_reset.reset();
}

std::uint64_t ResourceMeter::peak_memory() const {
  std::array<char, 4096> text{};
  const ssize_t got = m_status.is_open() ? ::pread(m_status.get(), text.data(), text.size(), 0) : 0;
  const std::string_view status(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  constexpr std::string_view k_peak = "VmHWM:";
  if (const std::size_t at = status.find(k_peak); at != std::string_view::npos) {
    const std::size_t digits = status.find_first_of("0123456789", at + k_peak.size());
    std::uint64_t kibibytes = 0;
    if (digits != std::string_view::npos &&
        std::from_chars(status.data() + digits, status.data() + status.size(), kibibytes).ec == std::errc())
      return kibibytes * 1024;
  }
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace imgopt
