// The stat index: SHA-256 and kind of files by their stat data, so that a second look costs a stat and no
// reading.
//
// Local to the machine and a cache alone: without it everything is read and hashed. Mapped, never parsed as a
// whole, replaced atomically. A file whose times lie so near the look that they cannot prove anything is not
// entered.
//
//   index   = header { record }    ; records sorted by device, then inode
//   header  = magic version record_size count content_digest    ; 48 bytes
//   record  = stat sha256 kind format reserved day              ; 80 bytes; day: since 1970, when last seen
//
// Numbers are in the machine's byte order. An index that is damaged or of another version is an absent one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "base/digest.hpp"
#include "base/file.hpp"
#include "base/mapped_memory.hpp"
#include "base/result.hpp"
#include "protocol/image_format.hpp"

namespace imgopt {

inline constexpr std::uint64_t k_stat_index_magic = 0x5354415453474d49ULL;  // "IMGSTATS"
inline constexpr std::uint32_t k_stat_index_version = 1;

struct StatRecord {
  FileStat stat;
  Sha256Digest hash;
  std::uint8_t kind = 0;    // ContentKind
  std::uint8_t format = 0;  // ImageFormat, for ContentKind::image
  std::uint16_t reserved = 0;
  std::uint32_t day = 0;
};
static_assert(sizeof(StatRecord) == 80 && std::has_unique_object_representations_v<StatRecord>);

struct StatIndexHeader {
  std::uint64_t magic = k_stat_index_magic;
  std::uint32_t version = k_stat_index_version;
  std::uint32_t record_size = sizeof(StatRecord);
  std::uint64_t count = 0;
  std::uint64_t reserved = 0;
  Digest128 content_digest;
};
static_assert(sizeof(StatIndexHeader) == 48 && std::has_unique_object_representations_v<StatIndexHeader>);

class StatIndex {
public:
  // Empty where there is none that can be believed.
  [[nodiscard]] static StatIndex load(const std::string& path);
  // Reads an index out of bytes aligned to 8. Safe on hostile bytes; ErrorCode::corrupt.
  [[nodiscard]] static Result<StatIndex> open(ByteView bytes);

  [[nodiscard]] std::span<const StatRecord> records() const { return m_records; }
  // Null where the file is not known, or not with these stat data.
  [[nodiscard]] const StatRecord* find(const FileStat& stat) const;

private:
  MappedRegion m_region;
  std::span<const StatRecord> m_records;
};

// The next index: `seen`, and of `before` what stands on other files and was seen in the last weeks.
[[nodiscard]] Bytes stat_index_bytes(const StatIndex& before, std::vector<StatRecord> seen,
                                     std::uint32_t today);

[[nodiscard]] Result<void> save_stat_index(const std::string& path, ByteView bytes);

}  // namespace imgopt
