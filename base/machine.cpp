#include "base/machine.hpp"

#include <malloc.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>

#include "base/file.hpp"

namespace imgopt {

namespace {

std::string first_line(const std::string& path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data())
    return std::nullopt;
  return value;
}

// This process's folder in the unified (version 2) hierarchy, or empty. The line is "0::/path".
std::string own_cgroup() {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("0::"))
      return "/sys/fs/cgroup" + line.substr(3);
  return {};
}

// Calls visit(folder) for our cgroup and every one above it: each sets a limit of its own.
template <typename Visit>
void for_each_cgroup(Visit&& visit) {
  constexpr std::string_view k_root = "/sys/fs/cgroup";
  std::string folder = own_cgroup();
  while (folder.size() >= k_root.size() && folder.starts_with(k_root)) {
    visit(folder);
    folder.resize(folder.find_last_of('/'));
  }
}

}  // namespace

unsigned available_cores() {
  cpu_set_t set;
  unsigned cores = 1;
  if (::sched_getaffinity(0, sizeof(set), &set) == 0)
    cores = static_cast<unsigned>(CPU_COUNT(&set));
  else
    cores = static_cast<unsigned>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  for_each_cgroup([&](const std::string& folder) {
    // "QUOTA PERIOD" in microseconds, or "max PERIOD".
    const std::string line = first_line(folder + "/cpu.max");
    const std::size_t space = line.find(' ');
    if (space == std::string::npos)
      return;
    const auto quota = number(line);
    const auto period = number(std::string_view(line).substr(space + 1));
    if (quota && period && *period > 0)
      cores = std::min(cores, static_cast<unsigned>(std::max<std::uint64_t>(1, *quota / *period)));
  });
  return std::max(1u, cores);
}

std::uint64_t available_memory() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page = ::sysconf(_SC_PAGESIZE);
  std::uint64_t memory = pages > 0 && page > 0
                             ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page)
                             : std::uint64_t{1} << 30;
  for_each_cgroup([&](const std::string& folder) {
    if (const auto limit = number(first_line(folder + "/memory.max")))
      memory = std::min(memory, *limit);
  });
  return memory;
}

void give_large_blocks_back() {
#ifdef __GLIBC__
  constexpr int k_large_block = 1 << 20;
  ::mallopt(M_MMAP_THRESHOLD, k_large_block);
#endif
}

void allow_more_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::array<std::uint8_t, 16> boot_id() {
  // A UUID in text: 32 hexadecimal digits and four dashes.
  const std::string line = first_line("/proc/sys/kernel/random/boot_id");
  std::array<std::uint8_t, 16> id{};
  std::size_t digits = 0;
  for (const char c : line) {
    const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (value < 0 || digits >= 32)
      continue;
    id[digits / 2] = static_cast<std::uint8_t>(id[digits / 2] << 4 | value);
    ++digits;
  }
  return id;
}

}  // namespace imgopt
