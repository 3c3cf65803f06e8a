#include "tool/cache/cache_counters.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <numeric>

#include "base/file.hpp"
#include "base/range_locks.hpp"

namespace imgopt {

namespace {

constexpr std::uint64_t k_counters_magic = 0x544e43'45474d49ULL;  // "IMGECNT" and a zero byte
constexpr std::uint32_t k_counters_version = 1;

struct CounterRecord {
  CacheCounters counters;
  Digest128 digest;  // of `counters`
  std::uint64_t magic = k_counters_magic;
  std::uint32_t version = k_counters_version;
  std::uint32_t size = 0;
  std::array<std::uint64_t, 2> reserved{};
};
static_assert(sizeof(CounterRecord) == 184 && std::has_unique_object_representations_v<CounterRecord>);

Digest128 digest_of(const CacheCounters& counters) {
  return public_secret().digest({reinterpret_cast<const std::uint8_t*>(&counters), sizeof(counters)});
}

std::optional<CacheCounters> counters_in(int file) {
  CounterRecord record;
  std::array<std::uint8_t, sizeof(record) + 1> bytes{};
  ssize_t got;
  while ((got = ::pread(file, bytes.data(), bytes.size(), 0)) < 0 && errno == EINTR) {
  }
  if (got != static_cast<ssize_t>(sizeof(record)))
    return std::nullopt;
  std::memcpy(&record, bytes.data(), sizeof(record));
  if (record.magic != k_counters_magic || record.version != k_counters_version ||
      record.size != sizeof(record) || record.digest != digest_of(record.counters))
    return std::nullopt;
  return record.counters;
}

}  // namespace

std::uint64_t CacheCounters::all_misses() const {
  return std::accumulate(misses.begin(), misses.end(), std::uint64_t{0});
}

void add_counts(CacheCounters& to, const CacheCounters& counted) {
  to.bytes_stored += counted.bytes_stored;
  to.stored += counted.stored;
  to.hits += counted.hits;
  for (std::size_t i = 0; i < to.misses.size(); ++i)
    to.misses[i] += counted.misses[i];
  to.healed += counted.healed;
  to.evicted_entries += counted.evicted_entries;
  to.evicted_bytes += counted.evicted_bytes;
}

Result<std::optional<CacheCounters>> read_counters(const CachePaths& paths) {
  const Descriptor file(::open(paths.counters().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.is_open()) {
    if (errno == ENOENT || errno == ENOTDIR)
      return std::nullopt;
    return system_error(paths.counters(), "cannot open", errno);
  }
  return counters_in(file.get());
}

Result<void> change_counters(const CachePaths& paths, const CounterChange& change) {
  IMGOPT_ASSIGN(const RangeLocks locks, RangeLocks::open(paths.upkeep()));
  IMGOPT_TRY(locks.lock(k_counters_place));
  const Descriptor file(::open(paths.counters().c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.is_open())
    return creation_error(paths.counters(), "cannot create", errno);
  const auto known = counters_in(file.get());
  CounterRecord record;
  record.counters = known.value_or(CacheCounters());
  change(record.counters, known.has_value());
  record.digest = digest_of(record.counters);
  record.size = sizeof(record);
  ssize_t put;
  while ((put = ::pwrite(file.get(), &record, sizeof(record), 0)) < 0 && errno == EINTR) {
  }
  if (put != static_cast<ssize_t>(sizeof(record)))
    return creation_error(paths.counters(), "cannot write", put < 0 ? errno : ENOSPC);
  // What stands behind the record is somebody's damage.
  if (::ftruncate(file.get(), sizeof(record)) != 0)
    return creation_error(paths.counters(), "cannot write", errno);
  return {};
}

}  // namespace imgopt
