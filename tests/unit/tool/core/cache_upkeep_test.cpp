// A cache's bounds, counters, turns and checks.
#include "tool/cache/cache_upkeep.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/unit/tool/core/cache_fixture.hpp"

namespace imgopt {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t k_entry_bytes = 1000 + sizeof(EntryFooter);
constexpr std::int64_t k_one_hour_ns = std::int64_t{3600} * 1'000'000'000;

std::int64_t now_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

class CacheUpkeepTest : public CacheTest {
protected:
  CachePaths paths() const { return CachePaths(folder()); }
  // Entries of k_entry_bytes each; the first was used `count` hours ago, the last one hour ago.
  void fill(std::uint64_t count) const {
    Cache cache = open();
    for (std::uint64_t i = 0; i < count; ++i) {
      store(cache, key_of(i), std::string(1000, 'x'));
      set_used(i, now_ns() - static_cast<std::int64_t>(count - i) * k_one_hour_ns);
    }
  }
  void set_used(std::uint64_t number, std::int64_t when) const {
    const std::string path = paths().entry(key_of(number));
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(set_times(file.get(), when, path));
  }
  std::vector<std::uint64_t> standing(std::uint64_t count) const {
    std::vector<std::uint64_t> found;
    for (std::uint64_t i = 0; i < count; ++i)
      if (scratch.exists(entry(key_of(i))))
        found.push_back(i);
    return found;
  }
  CacheCounters counters() const { return read_counters(paths()).value().value_or(CacheCounters()); }
  std::vector<std::uint64_t> numbers(std::uint64_t from, std::uint64_t to) const {
    std::vector<std::uint64_t> all;
    for (; from < to; ++from)
      all.push_back(from);
    return all;
  }
};

TEST_F(CacheUpkeepTest, EvictsLeastRecentlyUsedFirstAndDownToTheTarget) {
  fill(10);
  EvictionRule rule;
  rule.max_bytes = 8 * k_entry_bytes;
  rule.target_bytes = 7 * k_entry_bytes;
  const Eviction eviction = evict(paths(), rule).value();
  EXPECT_EQ(eviction.outcome, EvictionOutcome::done);
  EXPECT_EQ(eviction.evicted.entries, 3u);
  EXPECT_EQ(eviction.left.bytes, 7 * k_entry_bytes);
  EXPECT_EQ(standing(10), numbers(3, 10));
  EXPECT_EQ(counters().bytes, 7 * k_entry_bytes);
  EXPECT_EQ(counters().evicted_entries, 3u);
  EXPECT_EQ(counters().evicted_bytes, 3 * k_entry_bytes);
}

TEST_F(CacheUpkeepTest, EvictsNothingWithinTheBound) {
  fill(4);
  EvictionRule rule;
  rule.max_bytes = 4 * k_entry_bytes;
  EXPECT_EQ(evict(paths(), rule).value().evicted.entries, 0u);
  EXPECT_EQ(standing(4), numbers(0, 4));
}

TEST_F(CacheUpkeepTest, EvictsByAgeAlone) {
  fill(10);
  EvictionRule rule;
  rule.unused_since_ns = now_ns() - 4 * k_one_hour_ns - k_one_hour_ns / 2;
  EXPECT_EQ(evict(paths(), rule).value().evicted.entries, 6u);
  EXPECT_EQ(standing(10), numbers(6, 10));
}

TEST_F(CacheUpkeepTest, ADryRunTellsTheSameAndRemovesNothing) {
  fill(6);
  EvictionRule rule;
  rule.max_bytes = 0;
  rule.run = EvictionRun::dry;
  const CacheCounters before = counters();
  EXPECT_EQ(evict(paths(), rule).value().evicted.entries, 6u);
  EXPECT_EQ(standing(6), numbers(0, 6));
  EXPECT_EQ(counters().evicted_entries, before.evicted_entries);
}

TEST_F(CacheUpkeepTest, OneEvictsAtATime) {
  fill(2);
  const RangeLocks locks = RangeLocks::open(paths().upkeep()).value();
  ASSERT_TRUE(locks.try_lock(k_eviction_place));
  EvictionRule rule;
  rule.max_bytes = 0;
  EXPECT_EQ(evict(paths(), rule).value().outcome, EvictionOutcome::left_to_another);
  EXPECT_EQ(standing(2), numbers(0, 2));
}

TEST_F(CacheUpkeepTest, ABuildEvictsOthersEntriesAndNotItsOwn) {
  fill(10);
  Cache cache = open();
  // The one used longest ago is served, and one is made.
  const auto found = cache.lookup(key_of(0));
  ASSERT_TRUE(found);
  cache.mark_used(*found);
  store(cache, key_of(20), std::string(1000, 'y'));
  const Eviction eviction = cache.settle(2 * k_entry_bytes).value();
  EXPECT_EQ(eviction.outcome, EvictionOutcome::done);
  EXPECT_EQ(standing(10), numbers(0, 1));
  EXPECT_TRUE(cache.has(key_of(20)));
}

TEST_F(CacheUpkeepTest, ACacheTakenOverTooLargeShrinksToNineTenths) {
  fill(20);
  Cache cache = open();
  store(cache, key_of(30), std::string(1000, 'y'));
  const Eviction eviction = cache.settle(10 * k_entry_bytes).value();
  EXPECT_EQ(eviction.left.entries, 9u);
  EXPECT_EQ(standing(20), numbers(12, 20));
}

TEST_F(CacheUpkeepTest, WithinItsBoundNobodyWalks) {
  fill(3);
  Cache cache = open();
  EvictionRule rule;
  ASSERT_TRUE(evict(paths(), rule));  // from here on the counters know the size
  store(cache, key_of(30), "small");
  EXPECT_EQ(cache.settle(10 * k_entry_bytes).value().outcome, EvictionOutcome::not_needed);
}

TEST_F(CacheUpkeepTest, ANewCacheKnowsItsSizeWithoutAWalk) {
  Cache cache = open();
  store(cache, key_of(1), "x");
  ASSERT_TRUE(cache.settle(0));
  EXPECT_EQ(counters().entries, 1u);
  EXPECT_LT(counters().bytes, 1000u);
}

TEST_F(CacheUpkeepTest, WithoutALimitNothingGoes) {
  fill(3);
  Cache cache = open();
  store(cache, key_of(30), "small");
  EXPECT_EQ(cache.settle(0).value().outcome, EvictionOutcome::not_needed);
  EXPECT_EQ(standing(3), numbers(0, 3));
}

TEST_F(CacheUpkeepTest, ABuildThatTouchedNothingWritesNothing) {
  fill(3);
  const auto before = scratch.stat("cache/v1/counters");
  Cache cache = open();
  EXPECT_EQ(cache.settle(1).value().outcome, EvictionOutcome::not_needed);
  EXPECT_EQ(scratch.stat("cache/v1/counters"), before);
  EXPECT_EQ(standing(3), numbers(0, 3));
}

TEST_F(CacheUpkeepTest, UseIsNotedOnceAnHour) {
  fill(2);
  Cache cache = open();
  set_used(0, now_ns() - k_one_hour_ns / 2);
  for (const std::uint64_t i : {0u, 1u})
    cache.mark_used(*cache.lookup(key_of(i)));
  EXPECT_LT(scratch.stat(entry(key_of(0))).mtime_ns, now_ns() - k_one_hour_ns / 4);
  EXPECT_GT(scratch.stat(entry(key_of(1))).mtime_ns, now_ns() - k_one_hour_ns / 4);
}

TEST_F(CacheUpkeepTest, CountsWhatBuildsFound) {
  {
    Cache cache = open();
    EXPECT_FALSE(cache.lookup(key_of(1)));
    store(cache, key_of(1), "one");
    cache.mark_used(*cache.lookup(key_of(1)));
    scratch.write(entry(key_of(1)), "damaged");
    EXPECT_FALSE(cache.lookup(key_of(1)));
    store(cache, key_of(1), "one");
    cache.count_miss(MissReason::recached);
    ASSERT_TRUE(cache.settle(0));
  }
  CacheCounters found = counters();
  EXPECT_EQ(found.hits, 1u);
  EXPECT_EQ(found.missed(MissReason::absent), 1u);
  EXPECT_EQ(found.missed(MissReason::damaged), 1u);
  EXPECT_EQ(found.missed(MissReason::recached), 1u);
  EXPECT_EQ(found.all_misses(), 3u);
  EXPECT_EQ(found.healed, 1u);
  EXPECT_EQ(found.stored, 2u);
}

TEST_F(CacheUpkeepTest, AReadOnlyBuildCountsNothing) {
  fill(1);
  const auto before = scratch.stat("cache/v1/counters");
  {
    Cache cache = open(CacheAccess::read_only);
    cache.mark_used(*cache.lookup(key_of(0)));
    EXPECT_EQ(cache.settle(1).value().outcome, EvictionOutcome::not_needed);
  }
  EXPECT_EQ(scratch.stat("cache/v1/counters"), before);
}

TEST_F(CacheUpkeepTest, ReplacedEntriesCountOnce) {
  Cache cache = open();
  ASSERT_TRUE(cache_contents(paths()));
  EvictionRule rule;
  ASSERT_TRUE(evict(paths(), rule));
  for (int i = 0; i < 5; ++i)
    store(cache, key_of(1), std::string(1000, static_cast<char>('a' + i)));
  ASSERT_TRUE(cache.settle(0));
  EXPECT_EQ(counters().entries, 1u);
  EXPECT_EQ(counters().bytes, k_entry_bytes);
}

class DamagedCountersTest : public CacheUpkeepTest, public testing::WithParamInterface<std::size_t> {};

// A build that cannot believe the counters walks, and from then on they are right.
TEST_P(DamagedCountersTest, AreCountedAfresh) {
  fill(5);
  EvictionRule rule;
  ASSERT_TRUE(evict(paths(), rule));
  std::string bytes = scratch.read("cache/v1/counters");
  ASSERT_EQ(bytes.size(), 184u);
  if (GetParam() < bytes.size())
    bytes[GetParam()] = static_cast<char>(bytes[GetParam()] ^ 1);
  else
    bytes.resize(GetParam() - bytes.size());
  scratch.write("cache/v1/counters", bytes);
  EXPECT_FALSE(read_counters(paths()).value());
  Cache cache = open();
  store(cache, key_of(9), std::string(1000, 'y'));
  EXPECT_EQ(cache.settle(100 * k_entry_bytes).value().outcome, EvictionOutcome::done);
  EXPECT_EQ(counters().entries, 6u);
  EXPECT_EQ(counters().bytes, 6 * k_entry_bytes);
}

// Bytes that are flipped, and (from 184 on) lengths to which the file is cut.
INSTANTIATE_TEST_SUITE_P(Damages, DamagedCountersTest,
                         testing::Values(0u, 8u, 60u, 135u, 136u, 151u, 152u, 159u, 160u, 164u, 184u, 185u,
                                         184u + 100u, 184u + 183u));

TEST_F(CacheUpkeepTest, VerifyFindsEverythingThatIsWrongAndRepairsIt) {
  fill(6);
  std::string data = scratch.read(entry(key_of(1)));
  data[500] = static_cast<char>(data[500] ^ 1);
  scratch.write(entry(key_of(1)), data);
  scratch.write(entry(key_of(2)), "");
  scratch.make_folder("cache/v1/entries/08");
  std::filesystem::copy(scratch.path(entry(key_of(3))), scratch.path(entry(key_of(8))));
  scratch.write("cache/v1/entries/00/foreign", "x");
  scratch.write("cache/v1/entries/stray", "x");
  const DigestSecret secret = open().secret();
  const CacheCheck found = verify_cache(paths(), secret, Repair::no, 2).value();
  EXPECT_EQ(found.good.entries, 4u);
  EXPECT_EQ(found.findings.size(), 5u);
  for (const CacheFinding& finding : found.findings)
    EXPECT_FALSE(finding.is_removed) << finding.path;
  const CacheCheck fixed = verify_cache(paths(), secret, Repair::yes, 2).value();
  EXPECT_EQ(fixed.findings.size(), 5u);
  for (const CacheFinding& finding : fixed.findings)
    EXPECT_TRUE(finding.is_removed) << finding.path;
  const CacheCheck after = verify_cache(paths(), secret, Repair::no, 2).value();
  EXPECT_EQ(after.findings.size(), 0u);
  EXPECT_EQ(after.good.entries, 4u);
}

TEST_F(CacheUpkeepTest, AnEntryOfAnotherVersionIsAQuietMiss) {
  fill(1);
  std::string data = scratch.read(entry(key_of(0)));
  data[data.size() - 8] = 2;  // EntryFooter::version
  scratch.write(entry(key_of(0)), data);
  Cache cache = open();
  EXPECT_FALSE(cache.lookup(key_of(0)));
  EXPECT_EQ(cache.damaged_entries(), 0u);
  EXPECT_TRUE(cache.has(key_of(0)));
  store(cache, key_of(0), "ours");
  EXPECT_EQ(served(cache, key_of(0)), "ours");
  ASSERT_TRUE(cache.settle(0));
  EXPECT_EQ(counters().missed(MissReason::other_version), 1u);
}

TEST_F(CacheUpkeepTest, AFolderInAnEntrysPlaceHeals) {
  Cache cache = open();
  scratch.make_folder(entry(key_of(1)));
  EXPECT_EQ(served(cache, key_of(1)), "miss");
  store(cache, key_of(1), "one");
  EXPECT_EQ(served(cache, key_of(1)), "one");
}

TEST_F(CacheUpkeepTest, ATurnEndsWhenTheResultIsThere) {
  Cache one = open();
  Cache other = open();
  const std::vector<Digest128> keys = {key_of(1)};
  EXPECT_EQ(one.take_turn(keys), Turn::ours);
  EXPECT_EQ(other.take_turn(keys), Turn::elsewhere);
  one.store(some_facts(), key_of(1), Sha256Digest(), bytes_of("one"));
  one.end_turn(key_of(1));
  EXPECT_EQ(other.take_turn(keys), Turn::elsewhere);  // stored is not yet visible
  EXPECT_TRUE(other.is_made_elsewhere(key_of(1)));
  ASSERT_TRUE(one.flush());
  EXPECT_FALSE(other.is_made_elsewhere(key_of(1)));
  EXPECT_EQ(other.take_turn(keys), Turn::stored);
  EXPECT_EQ(served(other, key_of(1)), "one");
}

TEST_F(CacheUpkeepTest, ATurnEndsWithoutAResult) {
  Cache one = open();
  Cache other = open();
  const std::vector<Digest128> keys = {key_of(1)};
  ASSERT_EQ(one.take_turn(keys), Turn::ours);
  one.end_turn(key_of(1));
  EXPECT_EQ(other.take_turn(keys), Turn::ours);
}

TEST_F(CacheUpkeepTest, AFullFlushNamesWhatItCanAndDropsNoOther) {
  Cache cache = open();
  for (const std::uint64_t i : {1u, 2u, 3u})
    cache.store(some_facts(), key_of(i), Sha256Digest(), bytes_of("x"));
  scratch.write(entry(key_of(2)) + "/in-the-way", "x");
  const auto flushed = cache.flush();
  ASSERT_FALSE(flushed);
  EXPECT_THAT(flushed.error().message, HasSubstr("cannot rename into place"));
  EXPECT_EQ(served(cache, key_of(1)), "x");
  EXPECT_EQ(served(cache, key_of(3)), "x");
}

TEST_F(CacheUpkeepTest, ACacheThatVanishedStaysAway) {
  Cache cache = open();
  cache.store(some_facts(), key_of(1), Sha256Digest(), bytes_of("x"));
  scratch.remove("cache");
  EXPECT_FALSE(cache.flush());
  cache.store(some_facts(), key_of(2), Sha256Digest(), bytes_of("x"));
  EXPECT_FALSE(cache.flush());
  EXPECT_FALSE(scratch.exists("cache"));
}

}  // namespace
}  // namespace imgopt
