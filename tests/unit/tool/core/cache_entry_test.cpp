#include "tool/cache/cache_entry.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace imgopt {
namespace {

constexpr std::uint64_t k_payload = 100;

EntryFooter some_footer() {
  EntryFooter footer;
  footer.facts.format = static_cast<std::uint32_t>(ImageFormat::webp);
  footer.facts.width = 640;
  footer.facts.height = 480;
  footer.facts.frames = 1;
  footer.payload_size = k_payload;
  footer.key.bytes.fill(1);
  footer.payload_digest.bytes.fill(2);
  footer.hash.bytes.fill(3);
  return footer;
}

Bytes footer_bytes(const EntryFooter& footer) {
  Bytes bytes(sizeof(footer));
  std::memcpy(bytes.data(), &footer, sizeof(footer));
  return bytes;
}

Result<EntryFooter> checked(const EntryFooter& footer) {
  return check_footer(footer_bytes(footer), k_payload + sizeof(EntryFooter), some_footer().key,
                      public_secret());
}

TEST(CacheEntry, FooterGivesBackWhatWasWritten) {
  const EntryFooter footer = checked(finish_footer(some_footer(), public_secret())).value();
  EXPECT_EQ(footer.facts.width, 640u);
  EXPECT_EQ(footer.payload_size, k_payload);
  EXPECT_EQ(footer.hash, some_footer().hash);
}

TEST(CacheEntry, FooterIsCorruptWhicheverByteIsFlipped) {
  const Bytes whole = footer_bytes(finish_footer(some_footer(), public_secret()));
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const int mask : {0x01, 0xff}) {
      Bytes flipped = whole;
      flipped[at] = static_cast<std::uint8_t>(flipped[at] ^ mask);
      const auto footer =
          check_footer(flipped, k_payload + sizeof(EntryFooter), some_footer().key, public_secret());
      ASSERT_FALSE(footer) << at;
      ASSERT_EQ(footer.error().code, ErrorCode::corrupt) << at;
    }
}

TEST(CacheEntry, FooterIsCorruptAtEveryOtherLength) {
  const Bytes whole = footer_bytes(finish_footer(some_footer(), public_secret()));
  for (std::size_t length = 0; length < whole.size(); ++length)
    ASSERT_EQ(check_footer(ByteView(whole).first(length), length, some_footer().key, public_secret())
                  .error()
                  .message,
              "cache entry: shorter than its footer")
        << length;
}

TEST(CacheEntry, FooterMeansNothingUnderAnotherSecret) {
  DigestSeed seed;
  seed.bytes.fill(9);
  EXPECT_EQ(checked(finish_footer(some_footer(), DigestSecret(seed))).error().message,
            "cache entry: its footer is not what was written");
}

TEST(CacheEntry, FooterMeansNothingForAnotherKeyOrFile) {
  const Bytes bytes = footer_bytes(finish_footer(some_footer(), public_secret()));
  const auto why = [&](std::uint64_t size, const Digest128& key) {
    return check_footer(bytes, size, key, public_secret()).error().message;
  };
  const std::uint64_t whole = k_payload + sizeof(EntryFooter);
  EXPECT_EQ(why(whole, Digest128{}), "cache entry: it holds another key");
  EXPECT_EQ(why(whole - 1, some_footer().key), "cache entry: its size is not the one its footer names");
  EXPECT_EQ(why(whole + 1, some_footer().key), "cache entry: its size is not the one its footer names");
}

struct Wrong {
  std::string name;
  std::string why;
  void (*change)(EntryFooter&);
};

class WrongFooterTest : public testing::TestWithParam<Wrong> {};

TEST_P(WrongFooterTest, IsCorruptThoughSealed) {
  EntryFooter footer = some_footer();
  GetParam().change(footer);
  const auto read = checked(finish_footer(footer, public_secret()));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "cache entry: " + GetParam().why);
}

INSTANTIATE_TEST_SUITE_P(
    Footers, WrongFooterTest,
    testing::Values(Wrong{"Magic", "wrong magic number", [](EntryFooter& f) { ++f.magic; }},
                    Wrong{"Version", "another version", [](EntryFooter& f) { ++f.version; }},
                    Wrong{"NoKind", "unknown kind", [](EntryFooter& f) { f.facts.kind = EntryKind{}; }},
                    Wrong{"UnknownKind", "unknown kind",
                          [](EntryFooter& f) { f.facts.kind = static_cast<EntryKind>(4); }},
                    Wrong{"NoFormat", "a result without format or dimensions",
                          [](EntryFooter& f) { f.facts.format = 0; }},
                    Wrong{"UnknownFormat", "a result without format or dimensions",
                          [](EntryFooter& f) { f.facts.format = 8; }},
                    Wrong{"NoWidth", "a result without format or dimensions",
                          [](EntryFooter& f) { f.facts.width = 0; }},
                    Wrong{"OriginalWithPayload", "a payload where none belongs, or none where one does",
                          [](EntryFooter& f) { f.facts.kind = EntryKind::original_is_best; }},
                    Wrong{"SizeOfAnotherFile", "its size is not the one its footer names",
                          [](EntryFooter& f) { f.payload_size = UINT64_MAX; }}),
    [](const auto& test) { return test.param.name; });

TEST(CacheEntry, FooterOfAFailureMayHaveAMessageOrNone) {
  EntryFooter footer = some_footer();
  footer.facts = {};
  footer.facts.kind = EntryKind::failed;
  EXPECT_TRUE(checked(finish_footer(footer, public_secret())));
  footer.payload_size = 0;
  EXPECT_TRUE(check_footer(footer_bytes(finish_footer(footer, public_secret())), sizeof(EntryFooter),
                           footer.key, public_secret()));
}

}  // namespace
}  // namespace imgopt
