#include "tool/cache/cache_upkeep.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/interrupts.hpp"
#include "base/range_locks.hpp"
#include "base/temporary_folder.hpp"
#include "tool/cache/cache_counters.hpp"

namespace imgopt {

namespace {

struct FoundEntry {
  std::int64_t used_ns = 0;
  std::uint64_t bytes = 0;
  Digest128 key;
};

std::int64_t used_ns(const struct stat& raw) {
  return std::int64_t{raw.st_mtim.tv_sec} * 1'000'000'000 + raw.st_mtim.tv_nsec;
}

// Every entry of the cache. What is no entry by its name or kind is passed over.
std::vector<FoundEntry> walk(const CachePaths& paths) {
  std::vector<FoundEntry> found;
  for (unsigned first = 0; first < 256; ++first) {
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(paths.fan(first).c_str()), &::closedir);
    if (folder == nullptr)
      continue;
    while (const dirent* entry = ::readdir(folder.get())) {
      const auto key = CachePaths::key_of(first, entry->d_name);
      struct stat raw;
      if (key && ::fstatat(::dirfd(folder.get()), entry->d_name, &raw, AT_SYMLINK_NOFOLLOW) == 0 &&
          S_ISREG(raw.st_mode))
        found.push_back({used_ns(raw), static_cast<std::uint64_t>(raw.st_size), *key});
    }
  }
  return found;
}

CacheContents sum_of(const std::vector<FoundEntry>& found) {
  CacheContents sum;
  for (const FoundEntry& entry : found) {
    ++sum.entries;
    sum.bytes += entry.bytes;
  }
  return sum;
}

// False where it was used or made again since it was found, or cannot be removed.
bool remove_found(const CachePaths& paths, const FoundEntry& entry) {
  const std::string path = paths.entry(entry.key);
  struct stat raw;
  return ::lstat(path.c_str(), &raw) == 0 && used_ns(raw) == entry.used_ns && ::unlink(path.c_str()) == 0;
}

// Sets the size that a walk found; what others stored since the walk began is added once more, so that the
// size is never too small.
Result<void> set_size(const CachePaths& paths, const std::optional<CacheCounters>& at_begin,
                      const CacheContents& left, const CacheContents& evicted) {
  return change_counters(paths, [&](CacheCounters& counters, bool was_known) {
    counters.entries = left.entries;
    counters.bytes = left.bytes;
    if (was_known && at_begin) {
      counters.entries += counters.stored - at_begin->stored;
      counters.bytes += counters.bytes_stored - at_begin->bytes_stored;
    }
    counters.evicted_entries += evicted.entries;
    counters.evicted_bytes += evicted.bytes;
  });
}

bool is_there(const CachePaths& paths) {
  return ::access(paths.entries().c_str(), F_OK) == 0;
}

}  // namespace

Result<CacheContents> cache_contents(const CachePaths& paths) {
  const auto at_begin = read_counters(paths);
  const CacheContents found = sum_of(walk(paths));
  // A cache that we may only look at keeps its counters.
  if (at_begin && *at_begin && ((*at_begin)->bytes != found.bytes || (*at_begin)->entries != found.entries))
    static_cast<void>(set_size(paths, *at_begin, found, {}));
  return found;
}

Result<CacheContents> clear_cache(const CachePaths& paths) {
  if (!is_there(paths))
    return CacheContents();
  IMGOPT_ASSIGN(const auto at_begin, read_counters(paths));
  CacheContents removed;
  CacheContents left;
  Result<void> outcome;
  for (const FoundEntry& entry : walk(paths)) {
    const std::string path = paths.entry(entry.key);
    const bool is_gone = ::unlink(path.c_str()) == 0;
    if (!is_gone && errno != ENOENT && outcome)
      outcome = system_error(path, "cannot remove", errno);
    CacheContents& sum = is_gone ? removed : left;
    ++sum.entries;
    sum.bytes += entry.bytes;
  }
  TemporaryFolder::sweep(paths.version());
  IMGOPT_TRY(outcome);
  IMGOPT_TRY(set_size(paths, at_begin, left, {}));
  return removed;
}

Result<Eviction> evict(const CachePaths& paths, const EvictionRule& rule) {
  Eviction eviction;
  if (!is_there(paths))
    return eviction;
  std::optional<RangeLocks> locks;
  if (rule.run == EvictionRun::real) {
    IMGOPT_ASSIGN(RangeLocks opened, RangeLocks::open(paths.upkeep()));
    locks.emplace(std::move(opened));
    // Where there are no such locks, two evict at once: too much may go, and nothing else.
    if (const auto taken = locks->try_lock(k_eviction_place);
        taken && *taken == LockOutcome::held_by_another) {
      eviction.outcome = EvictionOutcome::left_to_another;
      return eviction;
    }
  }
  const auto at_begin = read_counters(paths);
  std::vector<FoundEntry> found = walk(paths);
  std::sort(found.begin(), found.end(), [](const FoundEntry& a, const FoundEntry& b) {
    return a.used_ns != b.used_ns ? a.used_ns < b.used_ns : a.key < b.key;
  });
  eviction.outcome = EvictionOutcome::done;
  eviction.left = sum_of(found);
  const bool is_too_large = rule.max_bytes && eviction.left.bytes > *rule.max_bytes;
  for (const FoundEntry& entry : found) {
    const bool is_old = rule.unused_since_ns && entry.used_ns < *rule.unused_since_ns;
    const bool is_surplus = is_too_large && eviction.left.bytes > rule.target_bytes;
    if (!is_old && !is_surplus)
      break;
    if (Interrupts::pending() != 0)
      break;
    if (std::binary_search(rule.spared.begin(), rule.spared.end(), entry.key))
      continue;
    if (rule.run == EvictionRun::real && !remove_found(paths, entry))
      continue;
    ++eviction.evicted.entries;
    eviction.evicted.bytes += entry.bytes;
    --eviction.left.entries;
    eviction.left.bytes -= entry.bytes;
  }
  if (rule.run == EvictionRun::real)
    IMGOPT_TRY(set_size(paths, at_begin ? *at_begin : std::nullopt, eviction.left, eviction.evicted));
  return eviction;
}

}  // namespace imgopt
