// What tests of the cache share: a cache in a folder of the test's own, and entries by number.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/base/scratch_folder.hpp"
#include "tool/cache/cache.hpp"

namespace imgopt {

inline Digest128 key_of(std::uint64_t number) {
  Digest128 key;
  for (std::size_t i = 0; i < sizeof(number); ++i)
    key.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return key;
}

inline EntryFacts some_facts() {
  EntryFacts facts;
  facts.format = static_cast<std::uint32_t>(ImageFormat::webp);
  facts.width = 640;
  facts.height = 480;
  return facts;
}

class CacheTest : public testing::Test {
protected:
  Cache open(CacheAccess access = CacheAccess::read_write) const {
    auto cache = Cache::open(folder(), access);
    EXPECT_TRUE(cache) << (cache ? "" : cache.error().message);
    return std::move(*cache);
  }
  std::string folder() const { return scratch.path("cache"); }
  std::string entry(const Digest128& key) const {
    return CachePaths(folder()).entry(key).substr(scratch.path().size() + 1);
  }
  static void store(Cache& cache, const Digest128& key, std::string_view payload) {
    cache.store(some_facts(), key, sha256(view(payload)), bytes_of(payload));
    ASSERT_TRUE(cache.flush());
  }
  // The payload served for a key, or "miss".
  static std::string served(Cache& cache, const Digest128& key) {
    const auto found = cache.lookup(key);
    if (!found)
      return "miss";
    const auto payload = cache.read_payload(*found);
    return payload ? text_of(*payload) : "miss";
  }

  ScratchFolder scratch;
};

}  // namespace imgopt
