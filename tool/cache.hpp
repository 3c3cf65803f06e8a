// The cache: finished results by key, in one folder that many builds on one machine may share at once.
//
// Reading takes no lock: an entry is one file that appears by rename, whole or not at all, and every payload
// is checked against its digest when it is served. A damaged entry is a miss: it is removed, counted and
// warned of. New entries are written as temporaries at once and flushed to disk in batches before they get
// their names, so a power cut leaves whole entries only. All member functions are thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "base/file.hpp"
#include "base/result.hpp"
#include "base/temporary_folder.hpp"
#include "tool/cache_entry.hpp"
#include "tool/cache_paths.hpp"

namespace imgopt {

enum class CacheAccess { read_write, read_only };

// An entry whose footer was checked and whose payload was not yet.
struct CacheEntry {
  EntryFooter footer;
  Descriptor file;  // payload at its start
};

// What stands in a cache folder.
struct CacheContents {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
};

class Cache {
public:
  // Makes the folder (private to its owner) where there is none. A folder that belongs to somebody else or
  // that others may write is refused: whoever can write an entry decides what a build ships.
  [[nodiscard]] static Result<Cache> open(const std::string& folder, CacheAccess mode);
  ~Cache();
  Cache(Cache&&) noexcept;

  [[nodiscard]] const DigestSecret& secret() const { return m_secret; }
  [[nodiscard]] CacheAccess mode() const { return m_mode; }

  // nullopt: there is none, or it is damaged (then it is removed and reported to `damaged_entries`).
  [[nodiscard]] std::optional<CacheEntry> lookup(const Digest128& key);
  // Reads and verifies an entry's payload. nullopt: damaged, as for lookup.
  [[nodiscard]] std::optional<Bytes> read_payload(const CacheEntry& entry);
  // Writes an entry; it becomes visible with the next flush(), at the latest after k_flush_entries of them.
  // Does nothing for a read-only cache.
  [[nodiscard]] Result<void> store(const EntryFacts& facts, const Digest128& key, const Sha256Digest& hash,
                                   ByteView payload);
  // Writes what store() kept back to disk and gives it its names.
  [[nodiscard]] Result<void> flush();

  // Forgets an entry.
  void remove(const Digest128& key);

  // How many damaged entries were met and removed by this object.
  [[nodiscard]] std::uint64_t damaged_entries() const { return m_damaged->load(); }

  [[nodiscard]] static Result<CacheContents> contents(const std::string& folder);
  // Removes every entry and the version folder's temporaries; the seed stays, so digests in build states stay
  // good. Returns what was removed.
  [[nodiscard]] static Result<CacheContents> clear(const std::string& folder);

private:
  struct Pending {
    Descriptor file;
    std::string temporary;
    Digest128 key;
  };
  Cache(CachePaths paths, CacheAccess mode, DigestSecret secret);
  void report_damage(const Digest128& key, const std::string& why);

  CachePaths m_paths;
  CacheAccess m_mode;
  DigestSecret m_secret;
  std::unique_ptr<std::mutex> m_mutex;  // guards what follows
  std::optional<TemporaryFolder> m_temporaries;
  std::vector<Pending> m_pending;
  std::unique_ptr<std::atomic<std::uint64_t>> m_damaged;
};

}  // namespace imgopt
