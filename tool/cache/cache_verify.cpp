// verify_cache of cache_upkeep.hpp: reads every entry wholly.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <mutex>

#include "base/file.hpp"
#include "base/parallel.hpp"
#include "tool/cache/cache_entry.hpp"
#include "tool/cache/cache_upkeep.hpp"

namespace imgopt {

namespace {

constexpr std::size_t k_piece_bytes = 1u << 20;

Result<void> check_payload(int file, const EntryFooter& footer, const DigestSecret& secret,
                           const std::string& path) {
  Hasher hasher(secret);
  Bytes piece(std::min<std::uint64_t>(footer.payload_size, k_piece_bytes));
  for (std::uint64_t offset = 0; offset < footer.payload_size;) {
    const auto size = std::min<std::uint64_t>(piece.size(), footer.payload_size - offset);
    const std::span<std::uint8_t> part(piece.data(), size);
    IMGOPT_TRY(read_at(file, part, offset, path));
    hasher.update(ByteView(part));
    offset += size;
  }
  if (hasher.finish() != footer.payload_digest)
    return fail(ErrorCode::corrupt, std::string(k_entry_is_altered));
  return {};
}

constexpr std::string_view k_stranger = "it does not belong here";

class Verification {
public:
  Verification(const CachePaths& paths, const DigestSecret& secret, Repair repair)
      : m_paths(paths), m_secret(secret), m_repair(repair) {}

  void check_fan(unsigned first) {
    for (const std::string& name : names_in(m_paths.fan(first))) {
      const std::string path = m_paths.fan(first) + "/" + name;
      const auto key = CachePaths::key_of(first, name);
      if (!key) {
        found(path, std::string(k_stranger));
        continue;
      }
      auto size = check_entry(path, *key);
      if (size) {
        const std::lock_guard lock(m_mutex);
        ++m_check.good.entries;
        m_check.good.bytes += *size;
      } else if (size.error().code != ErrorCode::not_found) {
        found(path, size.error().message);
      }
    }
  }

  // What is in the folder of entries beside the folders that belong there.
  void check_fans() {
    for (const std::string& name : names_in(m_paths.entries())) {
      const std::string path = m_paths.entries() + "/" + name;
      struct stat raw;
      const bool is_folder = ::lstat(path.c_str(), &raw) == 0 && S_ISDIR(raw.st_mode);
      if (!is_folder || !CachePaths::is_fan(name))
        found(path, std::string(k_stranger));
    }
  }

  CacheCheck result() {
    std::sort(m_check.findings.begin(), m_check.findings.end(),
              [](const CacheFinding& a, const CacheFinding& b) { return a.path < b.path; });
    return std::move(m_check);
  }

private:
  // The entry's size; not_found where it went meanwhile.
  Result<std::uint64_t> check_entry(const std::string& path, const Digest128& key) const {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file.is_open())
      return system_error(path, "cannot open", errno);
    IMGOPT_ASSIGN(const FileStatus status, stat_descriptor(file.get(), path));
    std::array<std::uint8_t, sizeof(EntryFooter)> last{};
    if (status.type != FileType::regular)
      return fail(ErrorCode::corrupt, std::string(k_entry_is_no_file));
    const std::uint64_t size = status.stat.size;
    if (size < last.size())
      return fail(ErrorCode::corrupt, std::string(k_entry_is_cut_off));
    IMGOPT_TRY(read_at(file.get(), last, size - last.size(), path));
    IMGOPT_ASSIGN(const EntryFooter footer, check_footer(last, size, key, m_secret));
    IMGOPT_TRY(check_payload(file.get(), footer, m_secret, path));
    return size;
  }

  void found(const std::string& path, std::string what) {
    CacheFinding finding{path, std::move(what), false};
    if (m_repair == Repair::yes)
      finding.is_removed = ::unlink(path.c_str()) == 0 || ::rmdir(path.c_str()) == 0;
    const std::lock_guard lock(m_mutex);
    m_check.findings.push_back(std::move(finding));
  }

  const CachePaths& m_paths;
  const DigestSecret& m_secret;
  const Repair m_repair;
  std::mutex m_mutex;  // guards what follows
  CacheCheck m_check;
};

}  // namespace

Result<CacheCheck> verify_cache(const CachePaths& paths, const DigestSecret& secret, Repair repair,
                                unsigned threads) {
  Verification verification(paths, secret, repair);
  verification.check_fans();
  parallel_for(256, threads, 1,
               [&](std::size_t first) { verification.check_fan(static_cast<unsigned>(first)); });
  if (repair == Repair::yes)
    IMGOPT_TRY(cache_contents(paths));
  return verification.result();
}

}  // namespace imgopt
