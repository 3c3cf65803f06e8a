#include "tool/cache/cache.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <thread>

#include "tests/unit/tool/core/cache_fixture.hpp"

namespace imgopt {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(CacheTest, ServesWhatWasStored) {
  Cache cache = open();
  EXPECT_EQ(served(cache, key_of(1)), "miss");
  store(cache, key_of(1), "one");
  EXPECT_EQ(served(cache, key_of(1)), "one");
  EXPECT_EQ(served(cache, key_of(2)), "miss");
  EXPECT_EQ(cache.lookup(key_of(1))->footer.facts.width, 640u);
  EXPECT_EQ(cache.lookup(key_of(1))->footer.hash, sha256(view("one")));
  EXPECT_EQ(cache.damaged_entries(), 0u);
}

TEST_F(CacheTest, StoresResultsWithoutPayload) {
  Cache cache = open();
  EntryFacts facts = some_facts();
  facts.kind = EntryKind::original_is_best;
  cache.store(facts, key_of(1), Sha256Digest(), {});
  ASSERT_TRUE(cache.flush());
  EXPECT_EQ(served(cache, key_of(1)), "");
  EXPECT_EQ(cache.lookup(key_of(1))->footer.facts.kind, EntryKind::original_is_best);
}

TEST_F(CacheTest, EntriesAppearWithTheFlushAndLeaveNoTemporary) {
  Cache cache = open();
  cache.store(some_facts(), key_of(1), Sha256Digest(), bytes_of("one"));
  EXPECT_EQ(served(cache, key_of(1)), "miss");
  ASSERT_TRUE(cache.flush());
  EXPECT_EQ(served(cache, key_of(1)), "one");
}

TEST_F(CacheTest, KeepsWhatWasFinishedWhenItCloses) {
  {
    Cache cache = open();
    cache.store(some_facts(), key_of(1), Sha256Digest(), bytes_of("one"));
  }
  Cache cache = open();
  EXPECT_EQ(served(cache, key_of(1)), "one");
  EXPECT_FALSE(scratch.exists("cache/v1/.imgopt-tmp"));
}

TEST_F(CacheTest, FlushesByItselfBeforeItHoldsTooManyFiles) {
  Cache cache = open();
  for (std::uint64_t i = 0; i < 257; ++i)
    cache.store(some_facts(), key_of(i), Sha256Digest(), bytes_of("x"));
  EXPECT_EQ(served(cache, key_of(0)), "x");
  EXPECT_EQ(served(cache, key_of(256)), "miss");
}

TEST_F(CacheTest, TheLastOfTwoResultsForOneKeyStands) {
  Cache cache = open();
  store(cache, key_of(1), "one");
  store(cache, key_of(1), "other");
  EXPECT_EQ(served(cache, key_of(1)), "other");
}

struct Damage {
  std::string name;
  std::string (*damaged)(const std::string& whole);
};

class DamagedEntryTest : public CacheTest, public testing::WithParamInterface<Damage> {};

TEST_P(DamagedEntryTest, IsAMissRemovedCountedAndMadeAgain) {
  Cache cache = open();
  store(cache, key_of(1), "payload");
  store(cache, key_of(2), "other");
  scratch.write(entry(key_of(1)), GetParam().damaged(scratch.read(entry(key_of(1)))));
  EXPECT_EQ(served(cache, key_of(1)), "miss");
  EXPECT_EQ(cache.damaged_entries(), 1u);
  EXPECT_FALSE(scratch.exists(entry(key_of(1))));
  EXPECT_EQ(served(cache, key_of(2)), "other");
  store(cache, key_of(1), "payload");
  EXPECT_EQ(served(cache, key_of(1)), "payload");
  EXPECT_EQ(cache.damaged_entries(), 1u);
}

INSTANTIATE_TEST_SUITE_P(
    Damages, DamagedEntryTest,
    testing::Values(
        Damage{"Payload",
               [](const std::string& whole) {
                 std::string damaged = whole;
                 damaged[3] ^= 1;
                 return damaged;
               }},
        Damage{"Footer",
               [](const std::string& whole) {
                 std::string damaged = whole;
                 damaged[whole.size() - 100] ^= 1;
                 return damaged;
               }},
        Damage{"Empty", [](const std::string&) { return std::string(); }},
        Damage{"EndIsMissing", [](const std::string& whole) { return whole.substr(0, whole.size() - 1); }},
        Damage{"StartIsMissing", [](const std::string& whole) { return whole.substr(1); }},
        Damage{"FooterAlone",
               [](const std::string& whole) { return whole.substr(whole.size() - sizeof(EntryFooter)); }},
        Damage{"PayloadAlone", [](const std::string& whole) { return whole.substr(0, 7); }},
        Damage{"Longer", [](const std::string& whole) { return whole + "x"; }},
        Damage{"Foreign", [](const std::string& whole) { return std::string(whole.size(), 'x'); }}),
    [](const auto& test) { return test.param.name; });

TEST_F(CacheTest, IsAMissTruncatedAtEveryLength) {
  Cache cache = open();
  store(cache, key_of(1), "payload");
  const std::string whole = scratch.read(entry(key_of(1)));
  for (std::size_t length = 0; length < whole.size(); length += length < 32 ? 1 : 13) {
    scratch.write(entry(key_of(1)), whole.substr(0, length));
    ASSERT_EQ(served(cache, key_of(1)), "miss") << length;
  }
}

TEST_F(CacheTest, IsAMissUnderTheKeyOfAnother) {
  Cache cache = open();
  store(cache, key_of(1), "one");
  store(cache, key_of(2), "two");
  std::filesystem::rename(scratch.path(entry(key_of(1))), scratch.path(entry(key_of(2))));
  EXPECT_EQ(served(cache, key_of(2)), "miss");
  EXPECT_EQ(cache.damaged_entries(), 1u);
}

TEST_F(CacheTest, ServesNothingThroughALinkOrFromAFolder) {
  Cache cache = open();
  store(cache, key_of(1), "one");
  std::filesystem::rename(scratch.path(entry(key_of(1))), scratch.path("elsewhere"));
  std::filesystem::create_symlink(scratch.path("elsewhere"), scratch.path(entry(key_of(1))));
  EXPECT_EQ(served(cache, key_of(1)), "miss");
  EXPECT_TRUE(scratch.exists("elsewhere"));
  scratch.make_folder(entry(key_of(3)));
  EXPECT_EQ(served(cache, key_of(3)), "miss");
}

TEST_F(CacheTest, ServesNothingOfAnotherCachesSecret) {
  {
    Cache cache = open();
    store(cache, key_of(1), "one");
  }
  scratch.remove("cache/v1/seed");
  Cache cache = open();
  EXPECT_EQ(served(cache, key_of(1)), "miss");
}

TEST_F(CacheTest, TwoBuildsShareItAtOnce) {
  Cache one = open();
  Cache other = open();
  EXPECT_EQ(one.secret().id(), other.secret().id());
  const auto work = [](Cache& cache, std::uint64_t first) {
    for (std::uint64_t i = 0; i < 10; ++i) {
      // Half of the keys are both builds' own.
      const std::string payload = "payload " + std::to_string(i % 2 == 0 ? i : first + i);
      cache.store(some_facts(), key_of(i % 2 == 0 ? i : first + i), Sha256Digest(), bytes_of(payload));
      if (!cache.flush())
        ADD_FAILURE() << i;
    }
  };
  {
    const std::jthread thread([&] { work(other, 1000); });
    work(one, 2000);
  }
  for (const std::uint64_t i : {0u, 8u, 1001u, 2009u})
    EXPECT_EQ(served(one, key_of(i)), "payload " + std::to_string(i));
  EXPECT_EQ(cache_contents(CachePaths(folder())).value().entries, 15u);
  EXPECT_EQ(one.damaged_entries() + other.damaged_entries(), 0u);
}

TEST_F(CacheTest, ManyThreadsStoreAndReadAtOnce) {
  Cache cache = open();
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (std::uint64_t i = 0; i < 66; ++i) {
          const std::string payload = std::to_string(i);
          cache.store(some_facts(), key_of(i), Sha256Digest(), bytes_of(payload));
          const std::string found = served(cache, key_of((i * 7 + t) % 66));
          EXPECT_TRUE(found == "miss" || found == std::to_string((i * 7 + t) % 66));
        }
      });
  }
  EXPECT_EQ(cache.damaged_entries(), 0u);
}

TEST_F(CacheTest, IsPrivateToItsOwner) {
  Cache cache = open();
  store(cache, key_of(1), "one");
  EXPECT_EQ(stat_file(folder()).value()->mode & 077, 0u);
  EXPECT_EQ(stat_file(folder() + "/v1/seed").value()->mode, 0600u);
  EXPECT_EQ(stat_file(scratch.path(entry(key_of(1)))).value()->mode, 0600u);
  EXPECT_THAT(scratch.read("cache/CACHEDIR.TAG"), HasSubstr("Signature: 8a477f597d28d172789f06886806bc55"));
}

class WritableCacheTest : public CacheTest, public testing::WithParamInterface<unsigned> {};

TEST_P(WritableCacheTest, IsRefused) {
  scratch.make_folder("cache");
  ASSERT_EQ(::chmod(folder().c_str(), GetParam()), 0);
  for (const CacheAccess access : {CacheAccess::read_write, CacheAccess::read_only}) {
    const auto cache = Cache::open(folder(), access);
    ASSERT_FALSE(cache);
    EXPECT_EQ(cache.error().code, ErrorCode::io);
    EXPECT_THAT(cache.error().message, HasSubstr("chmod go-w"));
    EXPECT_THAT(scratch.names("cache"), IsEmpty());
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, WritableCacheTest, testing::Values(0770u, 0702u, 0777u));

TEST_F(CacheTest, OfAnotherUserIsRefused) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root can give a folder to another user";
  constexpr uid_t k_nobody = 65534;
  { const Cache ours = open(); }
  ASSERT_EQ(::chown(folder().c_str(), k_nobody, k_nobody), 0);
  const auto cache = Cache::open(folder(), CacheAccess::read_write);
  ASSERT_FALSE(cache);
  EXPECT_EQ(cache.error().code, ErrorCode::io);
  EXPECT_EQ(cache.error().message,
            folder() +
                ": cannot use it as cache: it belongs to another user; name one of your own with "
                "--cache-dir or IMGOPT_CACHE_DIR");
}

TEST_F(CacheTest, ReadOnlyWritesNothing) {
  {
    Cache cache = open();
    store(cache, key_of(1), "one");
    store(cache, key_of(2), "two");
  }
  scratch.write(entry(key_of(2)), "damaged");
  const auto before = scratch.files("cache");
  Cache cache = open(CacheAccess::read_only);
  EXPECT_EQ(served(cache, key_of(1)), "one");
  EXPECT_EQ(served(cache, key_of(2)), "miss");
  EXPECT_EQ(cache.damaged_entries(), 1u);
  store(cache, key_of(3), "three");
  cache.remove(key_of(1));
  EXPECT_EQ(served(cache, key_of(3)), "miss");
  EXPECT_EQ(served(cache, key_of(1)), "one");
  EXPECT_EQ(scratch.files("cache"), before);
}

TEST_F(CacheTest, ReadOnlyMakesNoFolder) {
  const auto cache = Cache::open(folder(), CacheAccess::read_only);
  ASSERT_FALSE(cache);
  EXPECT_EQ(cache.error().code, ErrorCode::not_found);
  EXPECT_THAT(scratch.names(), IsEmpty());
}

TEST_F(CacheTest, ForgetsAnEntry) {
  Cache cache = open();
  store(cache, key_of(1), "one");
  cache.remove(key_of(1));
  EXPECT_EQ(served(cache, key_of(1)), "miss");
  EXPECT_EQ(cache.damaged_entries(), 0u);
}

TEST_F(CacheTest, ClearRemovesEveryEntryAndKeepsTheSeed) {
  Cache cache = open();
  store(cache, key_of(1), "one");
  store(cache, key_of(2), "second");
  const std::string seed = scratch.read("cache/v1/seed");
  const CacheContents contents = cache_contents(CachePaths(folder())).value();
  EXPECT_EQ(contents.entries, 2u);
  EXPECT_EQ(contents.bytes, 9 + 2 * sizeof(EntryFooter));
  const CacheContents removed = clear_cache(CachePaths(folder())).value();
  EXPECT_EQ(removed.entries, 2u);
  EXPECT_EQ(removed.bytes, contents.bytes);
  EXPECT_EQ(served(cache, key_of(1)), "miss");
  EXPECT_EQ(cache_contents(CachePaths(folder())).value().entries, 0u);
  EXPECT_EQ(scratch.read("cache/v1/seed"), seed);
  EXPECT_EQ(open().secret().id(), cache.secret().id());
}

TEST_F(CacheTest, ClearOfNothingIsFine) {
  EXPECT_EQ(clear_cache(CachePaths(folder())).value().entries, 0u);
}

TEST_F(CacheTest, SaysThatItsSeedIsDamaged) {
  static_cast<void>(open());
  scratch.write("cache/v1/seed", "short");
  const auto cache = Cache::open(folder(), CacheAccess::read_write);
  ASSERT_FALSE(cache);
  EXPECT_THAT(cache.error().message, HasSubstr("v1/seed"));
}

TEST_F(CacheTest, ManyFirstRunsAgreeOnOneSeed) {
  std::vector<Digest128> ids(8);
  {
    std::vector<std::jthread> threads;
    threads.reserve(ids.size());
    for (Digest128& id : ids)
      threads.emplace_back([&] { id = open().secret().id(); });
  }
  for (const Digest128& id : ids)
    EXPECT_EQ(id, ids[0]);
}

}  // namespace
}  // namespace imgopt
