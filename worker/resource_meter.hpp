// What a record costs: CPU time of the process and the most memory that was resident meanwhile.
#pragma once

#include <cstdint>

#include "base/file.hpp"

namespace imgopt {

// CPU time of all threads of the process since its start, in microseconds.
[[nodiscard]] std::uint64_t process_cpu_microseconds();

// Measures one record after the other. The files of /proc that it reads are opened before the sandbox.
class ResourceMeter {
public:
  ResourceMeter() = default;
  // Without /proc, peaks are those since the start of the process.
  [[nodiscard]] static ResourceMeter open();

  // Starts a record: CPU time counts from here, and the peak starts at what is resident now.
  void begin();
  [[nodiscard]] std::uint64_t cpu_microseconds() const { return process_cpu_microseconds() - m_started; }
  [[nodiscard]] std::uint64_t peak_memory() const;  // bytes

private:
  Descriptor m_status;
  Descriptor m_reset;
  std::uint64_t m_started = 0;
};

}  // namespace imgopt
