#include "tool/state/stat_index.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <utility>

#include "tests/unit/base/scratch_folder.hpp"

namespace imgopt {
namespace {

StatRecord record(std::uint64_t inode, std::uint8_t fill, std::uint32_t day = 100) {
  StatRecord made;
  made.stat = {1, inode, 10, 20, 30};
  made.hash.bytes.fill(fill);
  made.kind = static_cast<std::uint8_t>(ContentKind::image);
  made.format = static_cast<std::uint8_t>(ImageFormat::png);
  made.day = day;
  return made;
}

Bytes some_index() {
  return stat_index_bytes(StatIndex(), {record(9, 2), record(3, 1)}, 100);
}

TEST(StatIndex, FindsAFileByAllItsStatData) {
  const Bytes bytes = some_index();
  const StatIndex index = StatIndex::open(bytes).value();
  ASSERT_NE(index.find(record(9, 2).stat), nullptr);
  EXPECT_EQ(index.find(record(9, 2).stat)->hash, record(9, 2).hash);
  FileStat touched = record(9, 2).stat;
  touched.ctime_ns += 1;
  EXPECT_EQ(index.find(touched), nullptr);
  EXPECT_EQ(index.find(record(4, 1).stat), nullptr);
}

TEST(StatIndex, ANewLookReplacesTheOldAndKeepsOthersForWeeks) {
  const Bytes bytes = some_index();
  const StatIndex before = StatIndex::open(bytes).value();
  const Bytes soon = stat_index_bytes(before, {record(9, 7, 110)}, 110);
  const StatIndex index = StatIndex::open(soon).value();
  EXPECT_EQ(index.records().size(), 2u);
  EXPECT_EQ(index.find(record(9, 7).stat)->hash, record(9, 7).hash);
  const Bytes late = stat_index_bytes(before, {record(9, 7, 131)}, 131);
  EXPECT_EQ(StatIndex::open(late)->records().size(), 1u);
}

TEST(StatIndex, AnEmptyOneIsOne) {
  const Bytes bytes = stat_index_bytes(StatIndex(), {}, 1);
  EXPECT_EQ(StatIndex::open(bytes)->records().size(), 0u);
}

TEST(StatIndex, TruncatedAtAnyLengthItIsRefused) {
  const Bytes bytes = some_index();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Bytes part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(StatIndex::open(part)) << size;
  }
}

TEST(StatIndex, WithAnyByteFlippedItIsRefused) {
  const Bytes bytes = some_index();
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    Bytes flipped = bytes;
    flipped[at] ^= 0x10;
    EXPECT_FALSE(StatIndex::open(flipped)) << at;
  }
}

struct Forgery {
  std::string name;
  std::string why;
  std::function<void(StatIndexHeader&, std::vector<StatRecord>&)> change;
};

class ForgedIndexTest : public testing::TestWithParam<Forgery> {};

TEST_P(ForgedIndexTest, IsCorruptThoughItsDigestIsRight) {
  Bytes bytes = some_index();
  StatIndexHeader header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  std::vector<StatRecord> records(header.count);
  std::memcpy(records.data(), bytes.data() + sizeof(header), records.size() * sizeof(StatRecord));
  GetParam().change(header, records);
  header.content_digest = {};
  bytes.resize(sizeof(header));
  bytes.insert(bytes.end(), reinterpret_cast<const std::uint8_t*>(records.data()),
               reinterpret_cast<const std::uint8_t*>(records.data() + records.size()));
  std::memcpy(bytes.data(), &header, sizeof(header));
  header.content_digest = public_secret().digest(bytes);
  std::memcpy(bytes.data(), &header, sizeof(header));
  const auto index = StatIndex::open(bytes);
  ASSERT_FALSE(index);
  EXPECT_EQ(index.error().code, ErrorCode::corrupt);
  EXPECT_EQ(index.error().message, "stat index: " + GetParam().why);
}

using Records = std::vector<StatRecord>;

INSTANTIATE_TEST_SUITE_P(
    Forgeries, ForgedIndexTest,
    testing::Values(Forgery{"Magic", "wrong magic number", [](StatIndexHeader& h, Records&) { ++h.magic; }},
                    Forgery{"Version", "another version", [](StatIndexHeader& h, Records&) { ++h.version; }},
                    Forgery{"MoreRecords", "its records do not fill it",
                            [](StatIndexHeader& h, Records&) { ++h.count; }},
                    Forgery{"Disorder", "its records are not in order",
                            [](StatIndexHeader&, Records& r) { std::swap(r[0], r[1]); }},
                    Forgery{"UnknownKind", "a record says what is not known",
                            [](StatIndexHeader&, Records& r) { r[0].kind = 200; }},
                    Forgery{"UnknownFormat", "a record says what is not known",
                            [](StatIndexHeader&, Records& r) { r[1].format = 200; }}),
    [](const auto& test) { return test.param.name; });

TEST(StatIndex, ADamagedFileIsAnAbsentOne) {
  const ScratchFolder folder;
  folder.write("a.stats", "nonsense");
  EXPECT_EQ(StatIndex::load(folder.path("a.stats")).records().size(), 0u);
  EXPECT_EQ(StatIndex::load(folder.path("none.stats")).records().size(), 0u);
  ASSERT_TRUE(save_stat_index(folder.path("deep/b.stats"), some_index()));
  EXPECT_EQ(StatIndex::load(folder.path("deep/b.stats")).records().size(), 2u);
}

}  // namespace
}  // namespace imgopt
