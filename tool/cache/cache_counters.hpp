// The counters of a cache: how large it is, and what builds found in it since it was made.
//
//   counters = CacheCounters digest magic version size    ; CounterRecord, 184 bytes
//
// One small file that is changed in place under a byte lock of the upkeep file, whose holder never waits for
// anything else. Bytes are added before entries get their names and taken off after they are gone, so however
// a build ends, the size here may be too large but not too small; every walk through the cache sets it right.
// A file that is damaged (unkeyed digest, against accidents), of another version or gone is as good as none:
// the size is then found by a walk, and counting begins again.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <type_traits>

#include "base/digest.hpp"
#include "base/result.hpp"
#include "tool/cache/cache_paths.hpp"

namespace imgopt {

// Why a result was not served. Values are places in CacheCounters::misses: never change one.
enum class MissReason : std::uint8_t {
  absent = 0,         // it never was there, or was evicted
  damaged = 1,        // not what was written
  other_version = 2,  // written by another version of the program
  unreadable = 3,     // the system did not let us read it
  recached = 4,       // not looked for: --recache
  retried = 5         // a remembered failure that --retry-failed forgets
};
inline constexpr std::size_t k_miss_reasons = 6;
// Room for reasons to come.
inline constexpr std::size_t k_miss_slots = 8;

// CacheCounters::bytes until the first walk of a cache that has no counters: beyond every bound.
inline constexpr std::uint64_t k_unknown_bytes = std::uint64_t{1} << 62;

struct CacheCounters {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;         // of entries, footers included
  std::uint64_t bytes_stored = 0;  // ever: never goes down
  std::uint64_t stored = 0;        // entries, ever
  std::uint64_t hits = 0;
  std::array<std::uint64_t, k_miss_slots> misses{};  // by MissReason
  std::uint64_t healed = 0;                          // damaged entries that were made again
  std::uint64_t evicted_entries = 0;
  std::uint64_t evicted_bytes = 0;
  std::uint64_t reserved = 0;

  [[nodiscard]] std::uint64_t& missed(MissReason reason) { return misses[static_cast<std::size_t>(reason)]; }
  [[nodiscard]] std::uint64_t all_misses() const;
};
static_assert(sizeof(CacheCounters) == 136 && std::has_unique_object_representations_v<CacheCounters>);

// Adds what one build counted: everything but entries and bytes, which a build changes by themselves.
void add_counts(CacheCounters& to, const CacheCounters& counted);

// nullopt: there are none that can be believed.
[[nodiscard]] Result<std::optional<CacheCounters>> read_counters(const CachePaths& paths);

// Changes the counters under their lock. Where there are none that can be believed, `change` gets zeros and
// `was_known` is false.
using CounterChange = std::function<void(CacheCounters& counters, bool was_known)>;
[[nodiscard]] Result<void> change_counters(const CachePaths& paths, const CounterChange& change);

}  // namespace imgopt
