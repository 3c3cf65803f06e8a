#include "tool/cache/cache.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <set>
#include <utility>

#include "base/stopwatch.hpp"
#include "tool/cache/new_entries.hpp"

namespace imgopt {

namespace {

// An entry's time is not set again so soon: restoring a thousand outputs twice writes a thousand times once.
constexpr std::int64_t k_recency_step_ns = std::int64_t{3600} * 1'000'000'000;

constexpr std::string_view k_tag_text =
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This file marks a cache folder of ImgOpt (https://bford.info/cachedir/).\n";

Result<void> check_ownership(const std::string& folder) {
  struct stat raw;
  if (::stat(folder.c_str(), &raw) != 0)
    return system_error(folder, "cannot stat", errno);
  if (raw.st_uid != ::geteuid())
    return fail(ErrorCode::io,
                folder +
                    ": cannot use it as cache: it belongs to another user; name one of your own "
                    "with --cache-dir or IMGOPT_CACHE_DIR");
  if ((raw.st_mode & 022) != 0)
    return fail(
        ErrorCode::io,
        folder + ": cannot use it as cache: others may write to it; run: chmod go-w '" + folder + "'");
  return {};
}

// The seed is made once and then only read: two first runs at once agree on whichever was linked first.
Result<DigestSeed> load_or_make_seed(const CachePaths& paths, CacheAccess mode) {
  DigestSeed seed;
  const auto load = [&]() -> Result<DigestSeed> {
    IMGOPT_ASSIGN(const Bytes bytes, read_file(paths.seed(), 1024));
    if (bytes.size() != seed.bytes.size())
      return fail(ErrorCode::corrupt, paths.seed() + ": cannot use it: it has the wrong length; remove it");
    std::copy(bytes.begin(), bytes.end(), seed.bytes.begin());
    return seed;
  };
  auto loaded = load();
  if (loaded || loaded.error().code != ErrorCode::not_found || mode == CacheAccess::read_only)
    return loaded;
  const std::string temporary = paths.seed() + "-" + random_name(8);
  const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.is_open())
    return system_error(temporary, "cannot create", errno);
  seed = random_seed();
  auto written = write_descriptor(file.get(), seed.bytes, temporary);
  if (written && ::fsync(file.get()) != 0)
    written = system_error(temporary, "cannot flush", errno);
  const bool linked = written && ::link(temporary.c_str(), paths.seed().c_str()) == 0;
  const int error = errno;
  ::unlink(temporary.c_str());
  if (!written)
    return tl::unexpected<Error>(written.error());
  if (!linked && error != EEXIST)
    return system_error(paths.seed(), "cannot create", error);
  return load();
}

// Also where that cannot be told.
bool has_entries(const CachePaths& paths) {
  std::error_code error;
  return !std::filesystem::is_empty(paths.entries(), error) || error;
}

}  // namespace

struct Cache::Shared {
  Shared(CachePaths where, CacheAccess access, DigestSecret own_secret)
      : paths(std::move(where)), mode(access), secret(own_secret) {}
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  const CachePaths paths;
  const CacheAccess mode;
  const DigestSecret secret;
  std::atomic<std::uint64_t> damaged{0};

  std::mutex mutex;  // guards what follows
  std::optional<InFlight> in_flight;
  std::set<Digest128> unflushed;  // stored, and without their names yet
  std::vector<Digest128> used;    // by this build: served or stored
  std::set<Digest128> to_heal;    // found damaged
  CacheCounters counted;          // not written yet
  CacheContents to_subtract;      // from the counters: removed or replaced
  bool has_counted = false;

  // Last, so that its thread ends before what it speaks to.
  NewEntries new_entries{paths,
                         {[this](const CacheContents& added) { return take_in(added); },
                          [this](std::span<const NewEntry> batch, const CacheContents& subtracted) {
                            settle(batch, subtracted);
                          }}};

  // Before the names: a build that is killed here leaves counters that say too much, never too little.
  Result<void> take_in(const CacheContents& added) {
    IMGOPT_TRY(write_counters(added));
    return {};
  }

  void settle(std::span<const NewEntry> batch, const CacheContents& subtracted) {
    const std::lock_guard lock(mutex);
    for (const NewEntry& entry : batch) {
      unflushed.erase(entry.key);
      if (in_flight)
        in_flight->release(entry.key);
      if (entry.is_stored && to_heal.erase(entry.key) > 0)
        ++counted.healed;
    }
    to_subtract.entries += subtracted.entries;
    to_subtract.bytes += subtracted.bytes;
    has_counted = true;
  }

  void count_miss(MissReason reason) {
    const std::lock_guard lock(mutex);
    ++counted.missed(reason);
    has_counted = true;
  }

  // Takes what was counted into the counters and, with `added`, entries that are about to get their names.
  Result<CacheCounters> write_counters(const CacheContents& added) {
    CacheCounters mine;
    CacheContents subtracted;
    {
      const std::lock_guard lock(mutex);
      mine = std::exchange(counted, {});
      subtracted = std::exchange(to_subtract, {});
      has_counted = false;
    }
    CacheCounters written;
    IMGOPT_TRY(change_counters(paths, [&](CacheCounters& counters, bool was_known) {
      if (!was_known && has_entries(paths))
        counters.bytes = k_unknown_bytes;
      add_counts(counters, mine);
      counters.stored += added.entries;
      counters.bytes_stored += added.bytes;
      counters.entries += added.entries;
      counters.bytes += added.bytes;
      counters.entries -= std::min(counters.entries, subtracted.entries);
      counters.bytes -= std::min(counters.bytes, subtracted.bytes);
      written = counters;
    }));
    return written;
  }
};

Cache::Cache(std::unique_ptr<Shared> shared) : m_shared(std::move(shared)) {}
Cache::Cache(Cache&&) noexcept = default;

Cache::~Cache() {
  if (m_shared == nullptr || m_shared->mode == CacheAccess::read_only)
    return;
  // What is still pending was finished work: a run that fails or is interrupted keeps it.
  static_cast<void>(flush());
  if (m_shared->has_counted)
    static_cast<void>(m_shared->write_counters({}));
}

const DigestSecret& Cache::secret() const {
  return m_shared->secret;
}

CacheAccess Cache::mode() const {
  return m_shared->mode;
}

std::uint64_t Cache::damaged_entries() const {
  return m_shared->damaged.load();
}

Result<Cache> Cache::open(const std::string& folder, CacheAccess mode) {
  CachePaths paths(folder);
  if (mode == CacheAccess::read_write) {
    IMGOPT_TRY(make_folders(folder, 0700));
    IMGOPT_TRY(check_ownership(folder));
    IMGOPT_TRY(make_folders(paths.entries(), 0700));
    IMGOPT_ASSIGN(const auto tag, stat_file(paths.tag()));
    if (!tag)
      IMGOPT_TRY(write_file(paths.tag(), k_tag_text));
    TemporaryFolder::sweep(paths.version());
  } else {
    IMGOPT_TRY(check_ownership(folder));
  }
  IMGOPT_ASSIGN(const DigestSeed seed, load_or_make_seed(paths, mode));
  return Cache(std::make_unique<Shared>(std::move(paths), mode, DigestSecret(seed)));
}

void Cache::report_damage(const Digest128& key, const std::string& why, MissReason reason) {
  m_shared->damaged.fetch_add(1);
  m_shared->count_miss(reason);
  const std::string path = m_shared->paths.entry(key);
  fmt::print(stderr, "imgopt: warning: {}: {}: it is made again\n", path, why);
  if (m_shared->mode == CacheAccess::read_only)
    return;
  struct stat raw;
  const bool is_entry = ::lstat(path.c_str(), &raw) == 0 && S_ISREG(raw.st_mode);
  const bool is_gone = ::unlink(path.c_str()) == 0 || ::rmdir(path.c_str()) == 0;
  const std::lock_guard lock(m_shared->mutex);
  m_shared->to_heal.insert(key);
  if (is_entry && is_gone) {
    ++m_shared->to_subtract.entries;
    m_shared->to_subtract.bytes += static_cast<std::uint64_t>(raw.st_size);
  }
}

std::optional<CacheEntry> Cache::lookup(const Digest128& key) {
  const std::string path = m_shared->paths.entry(key);
  CacheEntry entry;
  entry.file = Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!entry.file.is_open()) {
    if (errno == ENOENT || errno == ENOTDIR)
      m_shared->count_miss(MissReason::absent);
    else
      report_damage(key, std::strerror(errno), MissReason::unreadable);
    return std::nullopt;
  }
  const auto status = stat_descriptor(entry.file.get(), path);
  if (!status || status->type != FileType::regular) {
    report_damage(key, status ? std::string(k_entry_is_no_file) : status.error().message,
                  MissReason::unreadable);
    return std::nullopt;
  }
  const std::uint64_t size = status->stat.size;
  std::array<std::uint8_t, sizeof(EntryFooter)> last{};
  if (size < last.size() || !read_at(entry.file.get(), last, size - last.size(), path)) {
    report_damage(key, std::string(k_entry_is_cut_off), MissReason::damaged);
    return std::nullopt;
  }
  const auto footer = check_footer(last, size, key, m_shared->secret);
  if (!footer && is_of_another_version(last)) {
    m_shared->count_miss(MissReason::other_version);
    return std::nullopt;
  }
  if (!footer) {
    report_damage(key, footer.error().message, MissReason::damaged);
    return std::nullopt;
  }
  entry.footer = *footer;
  entry.mtime_ns = status->stat.mtime_ns;
  return entry;
}

std::optional<Bytes> Cache::read_payload(const CacheEntry& entry) {
  Bytes payload(entry.footer.payload_size);
  const auto read = read_at(entry.file.get(), payload, 0, "cache entry");
  if (!read || m_shared->secret.digest(payload) != entry.footer.payload_digest) {
    report_damage(entry.footer.key, std::string(k_entry_is_altered), MissReason::damaged);
    return std::nullopt;
  }
  return payload;
}

void Cache::mark_used(const CacheEntry& entry) {
  if (m_shared->mode == CacheAccess::read_only)
    return;
  {
    const std::lock_guard lock(m_shared->mutex);
    ++m_shared->counted.hits;
    m_shared->has_counted = true;
    m_shared->used.push_back(entry.footer.key);
  }
  // An entry from a clock that was wrong gets a right time too. Where it cannot be set, it ages.
  const std::int64_t age = wall_clock_ns() - entry.mtime_ns;
  if (age > k_recency_step_ns || age < -k_recency_step_ns)
    ::futimens(entry.file.get(), nullptr);
}

void Cache::count_miss(MissReason reason) {
  m_shared->count_miss(reason);
}

void Cache::store(const EntryFacts& facts, const Digest128& key, const Sha256Digest& hash, Bytes payload) {
  if (m_shared->mode == CacheAccess::read_only)
    return;
  EntryFooter footer;
  footer.facts = facts;
  footer.payload_size = payload.size();
  footer.key = key;
  footer.payload_digest = m_shared->secret.digest(payload);
  footer.hash = hash;
  footer = finish_footer(footer, m_shared->secret);

  // Before it is added: its name may be there the next moment.
  {
    const std::lock_guard lock(m_shared->mutex);
    m_shared->unflushed.insert(key);
    m_shared->used.push_back(key);
  }
  m_shared->new_entries.add(footer, std::move(payload));
}

Result<void> Cache::flush() {
  return m_shared->new_entries.flush();
}

Result<void> Cache::flush_if_due() {
  return m_shared->new_entries.flush_if_due();
}

void Cache::remove(const Digest128& key) {
  if (m_shared->mode == CacheAccess::read_only)
    return;
  const std::string path = m_shared->paths.entry(key);
  struct stat raw;
  if (::lstat(path.c_str(), &raw) != 0 || ::unlink(path.c_str()) != 0)
    return;
  const std::lock_guard lock(m_shared->mutex);
  ++m_shared->to_subtract.entries;
  m_shared->to_subtract.bytes += static_cast<std::uint64_t>(raw.st_size);
  m_shared->has_counted = true;
}

Turn Cache::take_turn(std::span<const Digest128> keys) {
  if (m_shared->mode == CacheAccess::read_only)
    return Turn::ours;
  const std::lock_guard lock(m_shared->mutex);
  if (!m_shared->in_flight) {
    auto opened = InFlight::open(m_shared->paths.in_flight());
    if (!opened)
      return Turn::ours;  // without it a result may be made twice, and that is all
    m_shared->in_flight.emplace(std::move(*opened));
  }
  InFlight& in_flight = *m_shared->in_flight;
  std::vector<Digest128> fresh;
  for (const Digest128& key : keys)
    if (!in_flight.holds(key))
      fresh.push_back(key);
  if (in_flight.claim(keys) == ClaimOutcome::held_by_another)
    return Turn::elsewhere;
  // Only now: whoever held the claim until a moment ago has left its result.
  const bool is_stored = std::any_of(fresh.begin(), fresh.end(), [&](const auto& key) { return has(key); });
  if (is_stored)
    for (const Digest128& key : fresh)
      in_flight.release(key);
  return is_stored ? Turn::stored : Turn::ours;
}

void Cache::end_turn(const Digest128& key) {
  const std::lock_guard lock(m_shared->mutex);
  if (m_shared->in_flight && !m_shared->unflushed.contains(key))
    m_shared->in_flight->release(key);
}

bool Cache::has(const Digest128& key) const {
  return ::faccessat(AT_FDCWD, m_shared->paths.entry(key).c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

bool Cache::is_made_elsewhere(const Digest128& key) const {
  if (has(key))
    return false;
  const std::lock_guard lock(m_shared->mutex);
  return m_shared->in_flight && m_shared->in_flight->is_held_by_another(key);
}

Result<Eviction> Cache::settle(std::uint64_t max_bytes) {
  if (m_shared->mode == CacheAccess::read_only)
    return Eviction();
  IMGOPT_TRY(flush());
  {
    const std::lock_guard lock(m_shared->mutex);
    if (!m_shared->has_counted)
      return Eviction();
  }
  IMGOPT_ASSIGN(const CacheCounters counters, m_shared->write_counters({}));
  if (max_bytes == 0 || counters.bytes <= max_bytes)
    return Eviction();
  EvictionRule rule;
  rule.max_bytes = max_bytes;
  rule.target_bytes = max_bytes / 10 * 9;
  std::vector<Digest128> used;
  {
    const std::lock_guard lock(m_shared->mutex);
    used = m_shared->used;
  }
  std::sort(used.begin(), used.end());
  rule.spared = used;
  return evict(m_shared->paths, rule);
}

std::string uncached_warning(const Error& error) {
  return "results are not cached: " + error.message;
}

}  // namespace imgopt
