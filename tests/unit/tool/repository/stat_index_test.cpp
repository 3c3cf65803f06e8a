#include "tool/state/stat_index.hpp"

#include <gtest/gtest.h>

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
