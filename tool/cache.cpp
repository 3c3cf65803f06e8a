#include "tool/cache.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace imgopt {

namespace {

// Many enough that a flush costs little an entry, few enough that a power cut costs little work.
constexpr std::size_t k_flush_entries = 256;

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

// Calls visit(folder's descriptor, entry's name) for every entry file.
template <typename Visit>
void for_each_entry(const CachePaths& paths, Visit&& visit) {
  for (int fan = 0; fan < 256; ++fan) {
    const std::string folder = fmt::format("{}/{:02x}", paths.entries(), fan);
    DIR* entries = ::opendir(folder.c_str());
    if (entries == nullptr)
      continue;
    while (const dirent* entry = ::readdir(entries))
      if (entry->d_name[0] != '.')
        visit(::dirfd(entries), entry->d_name);
    ::closedir(entries);
  }
}

}  // namespace

Cache::Cache(CachePaths paths, CacheAccess mode, DigestSecret secret)
    : m_paths(std::move(paths)),
      m_mode(mode),
      m_secret(secret),
      m_mutex(std::make_unique<std::mutex>()),
      m_damaged(std::make_unique<std::atomic<std::uint64_t>>(0)) {}

Cache::Cache(Cache&&) noexcept = default;

Cache::~Cache() {
  // What is still pending was finished work: a run that fails or is interrupted keeps it.
  if (m_mutex != nullptr)
    static_cast<void>(flush());
}

Result<Cache> Cache::open(const std::string& folder, CacheAccess mode) {
  CachePaths paths(folder);
  if (mode == CacheAccess::read_write) {
    IMGOPT_TRY(make_folders(paths.version(), 0700));
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
  return Cache(std::move(paths), mode, DigestSecret(seed));
}

void Cache::report_damage(const Digest128& key, const std::string& why) {
  m_damaged->fetch_add(1);
  const std::string path = m_paths.entry(key);
  fmt::print(stderr, "imgopt: warning: {}: {}: it is made again\n", path, why);
  if (m_mode == CacheAccess::read_write)
    ::unlink(path.c_str());
}

std::optional<CacheEntry> Cache::lookup(const Digest128& key) {
  const std::string path = m_paths.entry(key);
  CacheEntry entry;
  entry.file = Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!entry.file.is_open()) {
    if (errno != ENOENT && errno != ENOTDIR)
      report_damage(key, std::strerror(errno));
    return std::nullopt;
  }
  const auto status = stat_descriptor(entry.file.get(), path);
  if (!status) {
    report_damage(key, status.error().message);
    return std::nullopt;
  }
  const std::uint64_t size = status->stat.size;
  std::array<std::uint8_t, sizeof(EntryFooter)> last{};
  if (size < last.size() || !read_at(entry.file.get(), last, size - last.size(), path)) {
    report_damage(key, "cache entry: shorter than its footer");
    return std::nullopt;
  }
  const auto footer = check_footer(last, size, key, m_secret);
  if (!footer) {
    report_damage(key, footer.error().message);
    return std::nullopt;
  }
  entry.footer = *footer;
  return entry;
}

std::optional<Bytes> Cache::read_payload(const CacheEntry& entry) {
  Bytes payload(entry.footer.payload_size);
  const auto read = read_at(entry.file.get(), payload, 0, "cache entry");
  if (!read || m_secret.digest(payload) != entry.footer.payload_digest) {
    report_damage(entry.footer.key, "cache entry: its payload is not what was written");
    return std::nullopt;
  }
  return payload;
}

Result<void> Cache::store(const EntryFacts& facts, const Digest128& key, const Sha256Digest& hash,
                          ByteView payload) {
  if (m_mode == CacheAccess::read_only)
    return {};
  std::string temporary;
  {
    const std::lock_guard lock(*m_mutex);
    if (!m_temporaries) {
      IMGOPT_ASSIGN(TemporaryFolder folder, TemporaryFolder::create(m_paths.version()));
      m_temporaries.emplace(std::move(folder));
    }
    temporary = m_temporaries->next_path();
  }
  EntryFooter footer;
  footer.facts = facts;
  footer.payload_size = payload.size();
  footer.key = key;
  footer.payload_digest = m_secret.digest(payload);
  footer.hash = hash;
  footer = finish_footer(footer, m_secret);

  Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.is_open())
    return system_error(temporary, "cannot create", errno);
  IMGOPT_TRY(write_descriptor(file.get(), payload, temporary));
  IMGOPT_TRY(write_descriptor(file.get(), {reinterpret_cast<const std::uint8_t*>(&footer), sizeof(footer)},
                              temporary));
  // Lets the disk start now, so that the flush has little left to wait for.
  ::sync_file_range(file.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
  bool is_full = false;
  {
    const std::lock_guard lock(*m_mutex);
    m_pending.push_back({std::move(file), std::move(temporary), key});
    is_full = m_pending.size() >= k_flush_entries;
  }
  return is_full ? flush() : Result<void>();
}

Result<void> Cache::flush() {
  std::vector<Pending> batch;
  {
    const std::lock_guard lock(*m_mutex);
    batch.swap(m_pending);
  }
  Result<void> outcome;
  for (const Pending& pending : batch)
    if (::fdatasync(pending.file.get()) != 0 && outcome)
      outcome = system_error(pending.temporary, "cannot flush", errno);
  if (!outcome)
    return outcome;
  for (const Pending& pending : batch) {
    const std::string path = m_paths.entry(pending.key);
    if (::rename(pending.temporary.c_str(), path.c_str()) == 0)
      continue;
    if (errno == ENOENT) {
      const auto made = make_folders(m_paths.entry_folder(pending.key), 0700);
      if (made && ::rename(pending.temporary.c_str(), path.c_str()) == 0)
        continue;
    }
    if (outcome)
      outcome = system_error(path, "cannot rename into place", errno);
  }
  return outcome;
}

void Cache::remove(const Digest128& key) {
  if (m_mode == CacheAccess::read_write)
    ::unlink(m_paths.entry(key).c_str());
}

Result<CacheContents> Cache::contents(const std::string& folder) {
  CacheContents found;
  for_each_entry(CachePaths(folder), [&](int descriptor, const char* name) {
    struct stat raw;
    if (::fstatat(descriptor, name, &raw, AT_SYMLINK_NOFOLLOW) == 0) {
      ++found.entries;
      found.bytes += static_cast<std::uint64_t>(raw.st_size);
    }
  });
  return found;
}

Result<CacheContents> Cache::clear(const std::string& folder) {
  const CachePaths paths(folder);
  CacheContents removed;
  Result<void> outcome;
  for_each_entry(paths, [&](int descriptor, const char* name) {
    struct stat raw;
    if (::fstatat(descriptor, name, &raw, AT_SYMLINK_NOFOLLOW) != 0)
      return;
    if (::unlinkat(descriptor, name, 0) == 0) {
      ++removed.entries;
      removed.bytes += static_cast<std::uint64_t>(raw.st_size);
    } else if (errno != ENOENT && outcome) {
      outcome = system_error(name, "cannot remove", errno);
    }
  });
  TemporaryFolder::sweep(paths.version());
  IMGOPT_TRY(outcome);
  return removed;
}

}  // namespace imgopt
