// New entries on their way into the cache: written at once, flushed to disk in batches by a thread of its
// own, and named only then, so whoever stores an entry does not wait for the disk, and a power cut leaves
// whole entries only where the file system has a journal.
//
// An entry is an unnamed file until it is flushed (base/unnamed_file.hpp), or a temporary of this run where
// the file system has no such files. At most one batch is being flushed while the next one is collected;
// whoever adds to a full one waits. So a run that is killed loses two batches at most. What goes wrong in the
// thread is told by the next flush, once. All member functions are thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/digest.hpp"
#include "base/file.hpp"
#include "base/result.hpp"
#include "base/temporary_folder.hpp"
#include "tool/cache/cache_entry.hpp"
#include "tool/cache/cache_paths.hpp"
#include "tool/cache/cache_upkeep.hpp"

namespace imgopt {

// What became of an entry that was added.
struct NewEntry {
  Digest128 key;
  std::uint64_t size = 0;  // bytes, footer included
  bool is_stored = false;
};

class NewEntries {
public:
  struct Listener {
    // Before entries that are flushed get their names. May fail, which holds none of them up.
    std::function<Result<void>(const CacheContents& added)> naming;
    // After a batch: its entries, and what left the cache again: entries that were replaced, and those
    // counted as added that could not be named.
    std::function<void(std::span<const NewEntry> batch, const CacheContents& subtracted)> done;
  };

  // Calls the listener from a thread of its own, never twice at once. `paths` must outlive it.
  NewEntries(const CachePaths& paths, Listener listener);
  // Waits for what is being flushed; what was collected since is lost.
  ~NewEntries();
  NewEntries(const NewEntries&) = delete;
  NewEntries& operator=(const NewEntries&) = delete;

  // Writes an entry; what fails is of this one. `footer` is finished, and of `payload`.
  [[nodiscard]] Result<void> add(const EntryFooter& footer, ByteView payload);
  // Begins to flush what has been collected for some seconds; waits for nothing.
  [[nodiscard]] Result<void> flush_if_due();
  // Flushes and names all that was added, and waits for it.
  [[nodiscard]] Result<void> flush();

private:
  struct Pending {
    NewEntry entry;
    Descriptor file;
    std::string temporary;  // its path; empty while it has none
  };
  [[nodiscard]] Result<Pending> create();
  [[nodiscard]] Result<std::string> next_temporary();
  // These with the mutex held, by `lock` where there is one, which is let go while a batch is stored.
  [[nodiscard]] Result<void> take_trouble();
  void hand_over(std::unique_lock<std::mutex>& lock);
  void store_handed_over(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] bool start_thread();

  void work();
  void store(std::vector<Pending>& batch);
  [[nodiscard]] Result<void> sync(std::vector<Pending>& batch);
  [[nodiscard]] Result<void> give_temporary_name(Pending& pending);
  [[nodiscard]] Result<void> give_name(Pending& pending, CacheContents& replaced);
  void note(const Result<void>& outcome);

  const CachePaths& m_paths;
  const Listener m_listener;
  std::mutex m_mutex;  // guards what follows
  std::condition_variable m_changed;
  std::optional<TemporaryFolder> m_temporaries;
  bool m_has_unnamed_files = true;  // until one could not be had
  std::vector<Pending> m_collected;
  std::chrono::steady_clock::time_point m_first_collected;
  std::vector<Pending> m_handed_over;  // for the thread to take
  bool m_is_flushing = false;
  bool m_is_ending = false;
  std::optional<Error> m_trouble;  // the first one that nobody was told
  std::thread m_thread;            // started by the first batch
};

}  // namespace imgopt
