// Upkeep of a cache folder: what it holds, keeping it within bounds, checking and emptying it.
//
// Eviction is by least recent use (an entry's modification time) over the whole cache. Its walk is rare: a
// build walks only where the counters say that the cache has outgrown its bound, and then evicts down to nine
// tenths of it. One build evicts at a time; others leave it to that one. Nothing here needs the cache's
// secret but verify().
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "base/result.hpp"
#include "tool/cache/cache_paths.hpp"

namespace imgopt {

// What stands in a cache folder.
struct CacheContents {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
};

// Counts it by a walk, and sets the counters right where there are any.
[[nodiscard]] Result<CacheContents> cache_contents(const CachePaths& paths);

// Removes every entry and the version folder's temporaries; the seed stays, so digests in build states stay
// good. Returns what was removed.
[[nodiscard]] Result<CacheContents> clear_cache(const CachePaths& paths);

enum class EvictionRun { real, dry };

// Both bounds may be given; what either of them asks for goes.
struct EvictionRule {
  std::optional<std::uint64_t> max_bytes;       // beyond this, the least recently used entries go...
  std::uint64_t target_bytes = 0;               // ... until no more than this is left
  std::optional<std::int64_t> unused_since_ns;  // entries last used before this go; since the epoch
  std::span<const Digest128> spared;            // in use: these stay; sorted
  EvictionRun run = EvictionRun::real;
};

enum class EvictionOutcome {
  not_needed,  // there was no walk
  done,
  left_to_another  // another process evicts at the moment
};

struct Eviction {
  EvictionOutcome outcome = EvictionOutcome::not_needed;
  CacheContents evicted;
  CacheContents left;
};

[[nodiscard]] Result<Eviction> evict(const CachePaths& paths, const EvictionRule& rule);

// One thing that does not belong or is not what was written.
struct CacheFinding {
  std::string path;
  std::string what;
  bool is_removed = false;
};

struct CacheCheck {
  CacheContents good;
  std::vector<CacheFinding> findings;  // sorted by path
};

enum class Repair { no, yes };

// Reads every entry wholly; with Repair::yes removes what is not good, so that it is made again.
[[nodiscard]] Result<CacheCheck> verify_cache(const CachePaths& paths, const DigestSecret& secret,
                                              Repair repair, unsigned threads);

}  // namespace imgopt
