#include "tool/cache/new_entries.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/unnamed_file.hpp"

namespace imgopt {

namespace {

// A batch is full with so many entries or bytes: enough that a flush costs little an entry, few enough that a
// kill costs little work, and that they need little memory and few descriptors.
constexpr std::size_t k_batch_entries = 128;
constexpr std::uint64_t k_batch_bytes = std::uint64_t{4} << 20;
// Other builds may wait for an entry; a machine that stops without notice loses the work of so long.
constexpr std::chrono::seconds k_flush_interval{2};

void add_replaced(const struct stat& old, CacheContents& replaced) {
  ++replaced.entries;
  replaced.bytes += static_cast<std::uint64_t>(old.st_size);
}

// Sends the file's data to the disk, and waits for them if `flags` say so. Returns 0 or errno.
int write_out(int file, unsigned flags) {
  if (::sync_file_range(file, 0, 0, flags) == 0)
    return 0;
  if (errno != ENOSYS && errno != EINVAL && errno != EPERM)
    return errno;
  return ::fdatasync(file) == 0 ? 0 : errno;
}

Error flush_error(const std::string& path, int error) {
  return creation_error(path, "cannot flush", error).value();
}

// As rename(2), and tells what was replaced. Returns 0 or errno.
int replace_entry(const std::string& temporary, const std::string& path, CacheContents& replaced) {
  struct stat old;
  const bool is_there = ::lstat(path.c_str(), &old) == 0;
  if (::rename(temporary.c_str(), path.c_str()) != 0)
    return errno;
  if (is_there && S_ISREG(old.st_mode))
    add_replaced(old, replaced);
  return 0;
}

}  // namespace

NewEntries::NewEntries(const CachePaths& paths, Listener listener)
    : m_paths(paths), m_listener(std::move(listener)) {}

NewEntries::~NewEntries() {
  {
    const std::lock_guard lock(m_mutex);
    m_is_ending = true;
  }
  m_changed.notify_all();
  if (m_thread.joinable())
    m_thread.join();
}

bool NewEntries::is_full() const {
  return m_collected.size() >= k_batch_entries || m_collected_bytes >= k_batch_bytes;
}

Result<void> NewEntries::take_trouble() {
  if (!m_trouble)
    return {};
  return tl::unexpected<Error>(*std::exchange(m_trouble, std::nullopt));
}

void NewEntries::add(const EntryFooter& footer, Bytes payload) {
  Pending pending;
  pending.content = std::move(payload);
  const auto* last = reinterpret_cast<const std::uint8_t*>(&footer);
  pending.content.insert(pending.content.end(), last, last + sizeof(footer));
  pending.entry = {footer.key, pending.content.size(), false};
  std::unique_lock lock(m_mutex);
  m_changed.wait(lock, [&] { return !is_full(); });
  if (m_collected.empty())
    m_first_collected = std::chrono::steady_clock::now();
  m_collected_bytes += pending.entry.size;
  m_collected.push_back(std::move(pending));
  if (is_full())
    hand_over(lock);
}

bool NewEntries::start_thread() {
  try {
    m_thread = std::thread([this] { work(); });
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

void NewEntries::take_collected() {
  m_handed_over = std::exchange(m_collected, {});
  m_collected_bytes = 0;
}

// Where a batch is being flushed still, the thread takes the next one itself once that is full.
void NewEntries::hand_over(std::unique_lock<std::mutex>& lock) {
  if (m_collected.empty() || !m_handed_over.empty() || m_is_flushing)
    return;
  take_collected();
  if (m_thread.joinable() || start_thread()) {
    m_changed.notify_all();
    return;
  }
  // The system has no thread for us: whoever adds does its work.
  store_handed_over(lock);
  while (is_full()) {
    take_collected();
    store_handed_over(lock);
  }
}

Result<void> NewEntries::flush_if_due() {
  std::unique_lock lock(m_mutex);
  if (!m_collected.empty() && std::chrono::steady_clock::now() - m_first_collected >= k_flush_interval)
    hand_over(lock);
  return take_trouble();
}

Result<void> NewEntries::flush() {
  std::unique_lock lock(m_mutex);
  while (m_is_flushing || !m_handed_over.empty() || !m_collected.empty()) {
    hand_over(lock);
    if (m_is_flushing || !m_handed_over.empty())
      m_changed.wait(lock);
  }
  return take_trouble();
}

void NewEntries::work() {
  std::unique_lock lock(m_mutex);
  for (;;) {
    m_changed.wait(lock, [&] { return !m_handed_over.empty() || m_is_ending; });
    if (m_handed_over.empty())
      return;
    store_handed_over(lock);
    if (is_full())
      hand_over(lock);
  }
}

void NewEntries::store_handed_over(std::unique_lock<std::mutex>& lock) {
  std::vector<Pending> batch = std::exchange(m_handed_over, {});
  m_is_flushing = true;
  lock.unlock();
  store(batch);
  batch.clear();
  lock.lock();
  m_is_flushing = false;
  m_changed.notify_all();
}

void NewEntries::store(std::vector<Pending>& batch) {
  write(batch);
  sync(batch);
  CacheContents added;
  for (const Pending& pending : batch)
    if (pending.entry.is_stored) {
      ++added.entries;
      added.bytes += pending.entry.size;
    }
  if (const auto outcome = m_listener.naming(added); !outcome)
    note(outcome.error());
  CacheContents subtracted;
  std::vector<NewEntry> entries;
  entries.reserve(batch.size());
  for (Pending& pending : batch) {
    if (pending.entry.is_stored) {
      if (const auto named = give_name(pending, subtracted); !named) {
        give_up(pending, named.error());
        ++subtracted.entries;
        subtracted.bytes += pending.entry.size;
      }
    }
    entries.push_back(pending.entry);
  }
  m_listener.done(entries, subtracted);
}

void NewEntries::note(const Error& error) {
  const std::lock_guard lock(m_mutex);
  if (!m_trouble)
    m_trouble = error;
}

void NewEntries::give_up(Pending& pending, const Error& error) {
  note(error);
  pending.entry.is_stored = false;
  pending.file = Descriptor();
  // At once: on a full disk the outputs need the room.
  if (!pending.temporary.empty())
    ::unlink(pending.temporary.c_str());
}

Result<std::string> NewEntries::next_temporary() {
  if (!m_temporaries) {
    IMGOPT_ASSIGN(TemporaryFolder folder, TemporaryFolder::create(m_paths.version()));
    m_temporaries.emplace(std::move(folder));
  }
  return m_temporaries->next_path();
}

Result<void> NewEntries::create(Pending& pending) {
  if (m_has_unnamed_files) {
    IMGOPT_ASSIGN(auto file, create_unnamed_file_in(m_paths.version(), 0600));
    if (file) {
      pending.file = std::move(*file);
      return {};
    }
    m_has_unnamed_files = false;
  }
  IMGOPT_ASSIGN(pending.temporary, next_temporary());
  pending.file = Descriptor(::open(pending.temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!pending.file.is_open())
    return creation_error(pending.temporary, "cannot create", errno);
  return {};
}

// Marks what is written as stored. It is under way to the disk then.
void NewEntries::write(std::vector<Pending>& batch) {
  for (Pending& pending : batch) {
    const std::string path = m_paths.entry(pending.entry.key);
    auto written = create(pending);
    if (written)
      written = write_descriptor(pending.file.get(), pending.content, path);
    pending.content = Bytes();
    if (!written) {
      give_up(pending, written.error());
      continue;
    }
    pending.entry.is_stored = true;
    if (const int error = write_out(pending.file.get(), SYNC_FILE_RANGE_WRITE); error != 0)
      give_up(pending, flush_error(path, error));
  }
}

// Leaves marked as stored what is on disk. Data are waited for file by file; what the file system notes of
// them in its journal, and what the disk holds back, is flushed once for all with the last file. A flush for
// each would commit the journal as often, which takes some milliseconds.
void NewEntries::sync(std::vector<Pending>& batch) {
  constexpr unsigned k_to_the_end =
      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
  Pending* last = nullptr;
  for (Pending& pending : batch) {
    if (!pending.entry.is_stored)
      continue;
    if (const int error = write_out(pending.file.get(), k_to_the_end); error != 0)
      give_up(pending, flush_error(m_paths.entry(pending.entry.key), error));
    else
      last = &pending;
  }
  if (last == nullptr || ::fdatasync(last->file.get()) == 0)
    return;
  const int error = errno;
  for (Pending& pending : batch)
    if (pending.entry.is_stored)
      give_up(pending, flush_error(m_paths.entry(pending.entry.key), error));
}

// Where links are forbidden the entry is copied, and later ones have names from the beginning.
Result<void> NewEntries::give_temporary_name(Pending& pending) {
  IMGOPT_ASSIGN(std::string temporary, next_temporary());
  if (name_unnamed_file(pending.file.get(), AT_FDCWD, temporary.c_str()) == 0) {
    pending.temporary = std::move(temporary);
    return {};
  }
  m_has_unnamed_files = false;
  Descriptor copy(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!copy.is_open())
    return creation_error(temporary, "cannot create", errno);
  pending.temporary = std::move(temporary);
  IMGOPT_TRY(copy_range(pending.file.get(), 0, pending.entry.size, copy.get(), pending.temporary));
  if (::fdatasync(copy.get()) != 0)
    return creation_error(pending.temporary, "cannot flush", errno);
  pending.file = std::move(copy);
  return {};
}

// The entry that stood there, if any, is added to `replaced`.
Result<void> NewEntries::give_name(Pending& pending, CacheContents& replaced) {
  const std::string path = m_paths.entry(pending.entry.key);
  const auto name_once = [&] {
    if (!pending.temporary.empty())
      return ::renameat2(AT_FDCWD, pending.temporary.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0
                 ? 0
                 : errno;
    return name_unnamed_file(pending.file.get(), AT_FDCWD, path.c_str());
  };
  // The folders above are not made again: a cache that somebody removed is not to come back without its seed.
  // Another build may make the entry's own folder at this moment.
  const auto name_in_folder = [&] {
    const int error = name_once();
    const bool has_folder =
        error != ENOENT ||
        (::mkdir(m_paths.entry_folder(pending.entry.key).c_str(), 0700) != 0 && errno != EEXIST);
    return has_folder ? error : name_once();
  };
  int error = name_in_folder();
  if (error != 0 && pending.temporary.empty()) {
    IMGOPT_TRY(give_temporary_name(pending));
    error = name_in_folder();
  }
  // EINVAL, ENOSYS: a file system that cannot refuse to replace.
  if (error == EEXIST || error == EINVAL || error == ENOSYS)
    error = replace_entry(pending.temporary, path, replaced);
  return error == 0 ? Result<void>() : creation_error(path, "cannot rename into place", error);
}

}  // namespace imgopt
