#include "tool/state/hashed_files.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "base/interrupts.hpp"
#include "base/parallel.hpp"
#include "tool/state/hash_content.hpp"

namespace imgopt {

namespace {

constexpr std::int64_t k_second_ns = 1'000'000'000;
constexpr std::int64_t k_racy_ns = 2 * k_second_ns;
constexpr std::int64_t k_day_s = 24 * 60 * 60;

Result<HashedFile> hash_file(const std::string& path, std::uint64_t max_input_size) {
  HashedFile hashed;
  IMGOPT_ASSIGN(const Descriptor file, open_for_reading(path));
  IMGOPT_ASSIGN(const FileStatus before, stat_regular(file.get(), path));
  if (!check_input_size(before.stat.size, max_input_size)) {
    IMGOPT_ASSIGN(const SniffedContent content, sniff_file(file.get(), path));
    hashed.stat = before.stat;
    hashed.kind = content.kind;
    hashed.format = content.format;
    return hashed;
  }
  Sha256Hasher hasher;
  IMGOPT_ASSIGN(const SniffedContent content, hash_content(file.get(), path, max_input_size, hasher));
  hashed.kind = content.kind;
  hashed.format = content.format;
  IMGOPT_ASSIGN(const FileStatus after, stat_descriptor(file.get(), path));
  if (after.stat != before.stat)
    return fail(ErrorCode::io, path + ": it changed while it was read");
  hashed.stat = after.stat;
  hashed.hash = hasher.finish();
  return hashed;
}

}  // namespace

HashedFiles hash_files(const ScanResult& scan, const std::optional<std::string>& index_path, unsigned threads,
                       std::int64_t now_ns, std::uint64_t max_input_size) {
  const auto today = static_cast<std::uint32_t>(now_ns / k_second_ns / k_day_s);
  const StatIndex index = index_path ? StatIndex::load(*index_path) : StatIndex();
  HashedFiles result;
  result.files.resize(scan.files.size());
  std::atomic<std::uint64_t> bytes_read{0};
  std::atomic<bool> has_learned{false};
  constexpr std::size_t k_block = 16;
  parallel_for(scan.files.size(), threads, k_block, [&](std::size_t i) {
    HashedFile& file = result.files[i];
    if (Interrupts::pending() != 0)
      return;
    const bool is_too_large = !check_input_size(scan.files[i].stat.size, max_input_size);
    // A remembered hash of a larger file is none either: what holds does not depend on what this machine saw.
    if (const StatRecord* known = is_too_large ? nullptr : index.find(scan.files[i].stat)) {
      file = {known->stat,
              known->hash,
              static_cast<ContentKind>(known->kind),
              static_cast<ImageFormat>(known->format),
              {}};
      return;
    }
    if (auto hashed = hash_file(scan.path_of(scan.files[i]), max_input_size)) {
      file = std::move(*hashed);
      if (!file.was_read())
        return;
      bytes_read += file.stat.size;
      has_learned = true;
    } else {
      file.stat = scan.files[i].stat;
      file.error = hashed.error().message;
    }
  });
  result.bytes_read = bytes_read;
  if (!index_path || !has_learned || Interrupts::pending() != 0)
    return result;
  std::vector<StatRecord> seen;
  for (const HashedFile& file : result.files) {
    const std::int64_t limit = now_ns - k_racy_ns;
    if (!file.error.empty() || !file.was_read() || file.stat.mtime_ns >= limit || file.stat.ctime_ns >= limit)
      continue;
    const bool is_image = file.kind == ContentKind::image;
    seen.push_back({file.stat, file.hash, static_cast<std::uint8_t>(file.kind),
                    is_image ? static_cast<std::uint8_t>(file.format) : std::uint8_t{0}, 0, today});
  }
  static_cast<void>(save_stat_index(*index_path, stat_index_bytes(index, std::move(seen), today)));
  return result;
}

}  // namespace imgopt
