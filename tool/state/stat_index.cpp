#include "tool/state/stat_index.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

#include "base/record_header.hpp"

namespace imgopt {

namespace {

constexpr std::uint32_t k_days_kept = 30;

bool is_before(const StatRecord& a, const StatRecord& b) {
  return std::tie(a.stat.device, a.stat.inode) < std::tie(b.stat.device, b.stat.inode);
}

constexpr std::string_view k_index_format = "stat index";

tl::unexpected<Error> damaged_index(std::string_view why) {
  return damaged_format(k_index_format, why);
}

}  // namespace

Result<StatIndex> StatIndex::open(ByteView bytes) {
  IMGOPT_ASSIGN(const StatIndexHeader header,
                read_header<StatIndexHeader>(bytes, k_stat_index_magic, k_index_format));
  if (header.version != k_stat_index_version || header.record_size != sizeof(StatRecord))
    return damaged_index("another version");
  const ByteView records = bytes.subspan(sizeof(header));
  if (records.size() % sizeof(StatRecord) != 0 || records.size() / sizeof(StatRecord) != header.count)
    return damaged_index("its records do not fill it");
  if (digest_of(header, records) != header.content_digest)
    return damaged_index("its content is not what was written");
  StatIndex index;
  index.m_records = {reinterpret_cast<const StatRecord*>(records.data()), header.count};
  if (!std::is_sorted(index.m_records.begin(), index.m_records.end(), is_before))
    return damaged_index("its records are not in order");
  for (const StatRecord& record : index.m_records)
    if (record.kind > static_cast<std::uint8_t>(ContentKind::other_image) || record.format >= k_format_slots)
      return damaged_index("a record says what is not known");
  return index;
}

StatIndex StatIndex::load(const std::string& path) {
  const auto file = open_for_reading(path);
  if (!file)
    return {};
  const auto status = stat_descriptor(file->get(), path);
  if (!status || status->type != FileType::regular || status->stat.size < sizeof(StatIndexHeader))
    return {};
  auto region =
      MappedRegion::map(file->get(), status->stat.size, Access::read_only, path, AccessHint::sequential);
  if (!region)
    return {};
  auto index = open(region->bytes());
  if (!index)
    return {};
  index->m_region = std::move(*region);
  return std::move(*index);
}

const StatRecord* StatIndex::find(const FileStat& stat) const {
  StatRecord wanted;
  wanted.stat = stat;
  const auto found = std::lower_bound(m_records.begin(), m_records.end(), wanted, is_before);
  return found == m_records.end() || found->stat != stat ? nullptr : &*found;
}

Bytes stat_index_bytes(const StatIndex& before, std::vector<StatRecord> seen, std::uint32_t today) {
  // Of two records for one file the first is kept: what was seen now.
  for (const StatRecord& record : before.records())
    if (record.day + k_days_kept >= today)
      seen.push_back(record);
  std::stable_sort(seen.begin(), seen.end(), is_before);
  const auto is_same = [](const StatRecord& a, const StatRecord& b) {
    return !is_before(a, b) && !is_before(b, a);
  };
  seen.erase(std::unique(seen.begin(), seen.end(), is_same), seen.end());
  StatIndexHeader header;
  header.count = seen.size();
  const ByteView records(reinterpret_cast<const std::uint8_t*>(seen.data()),
                         seen.size() * sizeof(StatRecord));
  header.content_digest = digest_of(header, records);
  Bytes bytes(sizeof(header) + records.size());
  std::memcpy(bytes.data(), &header, sizeof(header));
  if (!records.empty())
    std::memcpy(bytes.data() + sizeof(header), records.data(), records.size());
  return bytes;
}

Result<void> save_stat_index(const std::string& path, ByteView bytes) {
  IMGOPT_TRY(make_folders(path.substr(0, path.rfind('/')), 0700));
  IMGOPT_ASSIGN(AtomicFile file, AtomicFile::create(path, 0600));
  IMGOPT_TRY(file.write(bytes));
  return file.commit();
}

}  // namespace imgopt
