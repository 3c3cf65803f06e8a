// The cache: finished results by key, in one folder that many builds on one machine may share at once.
//
// Reading takes no lock: an entry is one file that appears by one link or rename, whole or not at all, and
// every payload is checked against its digest when it is served. A damaged entry is a miss: it is removed,
// counted and warned of. New entries are flushed to disk before they get their names
// (tool/cache/new_entries.hpp). An entry's modification time says when it was last used, to the hour. All
// member functions are thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "base/file.hpp"
#include "base/result.hpp"
#include "tool/cache/cache_counters.hpp"
#include "tool/cache/cache_entry.hpp"
#include "tool/cache/cache_paths.hpp"
#include "tool/cache/cache_upkeep.hpp"
#include "tool/cache/in_flight.hpp"

namespace imgopt {

enum class CacheAccess { read_write, read_only };

// An entry whose footer was checked and whose payload was not yet.
struct CacheEntry {
  EntryFooter footer;
  Descriptor file;  // payload at its start
  std::int64_t mtime_ns = 0;
};

// Whose turn it is to make results.
enum class Turn {
  ours,       // nobody else will make them until end_turn() or a flush after store()
  elsewhere,  // another build makes one of them: look again later
  stored      // one of them is in the cache by now
};

class Cache {
public:
  // Makes the folder (private to its owner) where there is none. A folder that belongs to somebody else or
  // that others may write is refused: whoever can write an entry decides what a build ships.
  [[nodiscard]] static Result<Cache> open(const std::string& folder, CacheAccess mode);
  ~Cache();
  Cache(Cache&&) noexcept;

  [[nodiscard]] const DigestSecret& secret() const;
  [[nodiscard]] CacheAccess mode() const;

  // nullopt: there is none (the miss is counted), or it is damaged (then it is removed, warned of and counted
  // by damaged_entries()).
  [[nodiscard]] std::optional<CacheEntry> lookup(const Digest128& key);
  // Reads and verifies an entry's payload. nullopt: damaged, as for lookup.
  [[nodiscard]] std::optional<Bytes> read_payload(const CacheEntry& entry);
  // An entry was served: counts a hit, keeps it from this build's eviction and notes when it was used.
  void mark_used(const CacheEntry& entry);
  // Counts a result that was not looked for.
  void count_miss(MissReason reason);

  // Takes an entry; it is written and becomes visible with its batch, at the latest with the next flush(),
  // which tells what went wrong. Does nothing for a read-only cache.
  void store(const EntryFacts& facts, const Digest128& key, const Sha256Digest& hash, Bytes payload);
  // Waits until all that was stored is on disk and has its name.
  [[nodiscard]] Result<void> flush();
  // Begins with it where something has been kept back for some seconds: other builds may wait for it. Tells
  // what went wrong since the last call.
  [[nodiscard]] Result<void> flush_if_due();

  // Forgets an entry.
  void remove(const Digest128& key);

  // Before results are made: all of them or none. A read-only cache grants every turn.
  [[nodiscard]] Turn take_turn(std::span<const Digest128> keys);
  // A result was made and not stored, or was given up.
  void end_turn(const Digest128& key);
  // Whether there is something under a key, unread.
  [[nodiscard]] bool has(const Digest128& key) const;
  // Whether another build is making a result that is not there yet.
  [[nodiscard]] bool is_made_elsewhere(const Digest128& key) const;

  // At a build's end, after the last flush(): writes the counters and, where the cache has outgrown
  // `max_bytes` (0: no limit), evicts what was used least recently and not by this build. A build that
  // neither found nor stored anything touches nothing.
  [[nodiscard]] Result<Eviction> settle(std::uint64_t max_bytes);

  // How many damaged entries were met and removed by this object.
  [[nodiscard]] std::uint64_t damaged_entries() const;

private:
  struct Shared;
  explicit Cache(std::unique_ptr<Shared> shared);
  void report_damage(const Digest128& key, const std::string& why, MissReason reason);
  std::unique_ptr<Shared> m_shared;
};

// What there is to say where results could not be stored.
[[nodiscard]] std::string uncached_warning(const Error& error);

}  // namespace imgopt
