// New entries on their way into the cache: collected in memory, written and flushed to disk in batches by a
// thread of their own, and named only then, so whoever stores an entry does not wait for the disk, and a
// power cut leaves whole entries only where the file system has a journal. Files of a batch are made one
// after the other, which takes half the time that each takes between two results of workers.
//
// On disk an entry is an unnamed file until it is flushed (base/unnamed_file.hpp), or a temporary of this run
// where the file system has no such files. At most one batch is being flushed while the next one is
// collected; whoever adds to a full one waits. So a run that is killed loses two batches at most, and two are
// held in memory. What goes wrong is told by the next flush, once. All member functions are thread-safe.
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

  // Takes an entry. `footer` is finished, and of `payload`.
  void add(const EntryFooter& footer, Bytes payload);
  // Begins to flush what has been collected for some seconds; waits for nothing.
  [[nodiscard]] Result<void> flush_if_due();
  // Flushes and names all that was added, and waits for it.
  [[nodiscard]] Result<void> flush();

private:
  struct Pending {
    NewEntry entry;
    Bytes content;  // payload and footer, until they are written
    Descriptor file;
    std::string temporary;  // its path; empty while it has none
  };
  // These with the mutex held, by `lock` where there is one, which is let go while a batch is stored.
  [[nodiscard]] bool is_full() const;
  [[nodiscard]] Result<void> take_trouble();
  void take_collected();
  void hand_over(std::unique_lock<std::mutex>& lock);
  void store_handed_over(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] bool start_thread();

  void work();
  // These by whoever stores a batch, one at a time.
  void store(std::vector<Pending>& batch);
  void write(std::vector<Pending>& batch);
  void sync(std::vector<Pending>& batch);
  [[nodiscard]] Result<void> create(Pending& pending);
  [[nodiscard]] Result<std::string> next_temporary();
  [[nodiscard]] Result<void> give_temporary_name(Pending& pending);
  [[nodiscard]] Result<void> give_name(Pending& pending, CacheContents& replaced);
  void give_up(Pending& pending, const Error& error);
  void note(const Error& error);

  const CachePaths& m_paths;
  const Listener m_listener;
  // Used by whoever stores a batch.
  std::optional<TemporaryFolder> m_temporaries;
  bool m_has_unnamed_files = true;  // until one could not be had

  std::mutex m_mutex;  // guards what follows
  std::condition_variable m_changed;
  std::vector<Pending> m_collected;
  std::uint64_t m_collected_bytes = 0;
  std::chrono::steady_clock::time_point m_first_collected;
  std::vector<Pending> m_handed_over;  // for the thread to take
  bool m_is_flushing = false;
  bool m_is_ending = false;
  std::optional<Error> m_trouble;  // the first one that nobody was told
  std::thread m_thread;            // started by the first batch
};

}  // namespace imgopt
