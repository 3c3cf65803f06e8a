#include "base/digest.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/unit/base/scratch_folder.hpp"

namespace imgopt {
namespace {

Bytes counted(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<std::uint8_t>(i * 131 + (i >> 8));
  return bytes;
}

DigestSeed seed_of(std::uint8_t byte) {
  DigestSeed seed;
  seed.bytes.fill(byte);
  return seed;
}

struct Sha256Vector {
  std::string text;
  std::string hex;
};

class Sha256Test : public testing::TestWithParam<Sha256Vector> {};

TEST_P(Sha256Test, GivesThePublishedDigest) {
  EXPECT_EQ(sha256(view(GetParam().text)).hex(), GetParam().hex);
}

// Source: FIPS 180-2, appendix B, and the digest of the empty text.
INSTANTIATE_TEST_SUITE_P(
    Published, Sha256Test,
    testing::Values(Sha256Vector{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
                    Sha256Vector{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
                    Sha256Vector{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                                 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
                    Sha256Vector{std::string(1'000'000, 'a'),
                                 "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"}));

TEST(Sha256, StreamsInPiecesOfAnySize) {
  const Bytes bytes = counted(1000);
  for (const std::size_t piece : {1u, 7u, 63u, 64u, 65u, 1000u}) {
    Sha256Hasher hasher;
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      hasher.update(ByteView(bytes).subspan(at, std::min(piece, bytes.size() - at)));
    EXPECT_EQ(hasher.finish(), sha256(bytes)) << piece;
  }
}

TEST(Digest, StreamingEqualsOneShotAtEveryLength) {
  const DigestSecret secret(seed_of(7));
  const Bytes bytes = counted(1000);
  Hasher whole(secret);
  Hasher halves(secret);
  std::set<Digest128> seen;
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    const ByteView view(bytes.data(), length);
    const Digest128 digest = secret.digest(view);
    whole.reset();
    whole.update(view);
    ASSERT_EQ(whole.finish(), digest) << length;
    halves.reset();
    halves.update(view.first(length / 3));
    halves.update(view.subspan(length / 3));
    ASSERT_EQ(halves.finish(), digest) << length;
    EXPECT_TRUE(seen.insert(digest).second) << length;
  }
}

TEST(Digest, StreamsBeyondItsInnerBuffer) {
  const DigestSecret secret(seed_of(7));
  const Bytes bytes = counted(100'000);
  Hasher hasher(secret);
  for (std::size_t at = 0; at < bytes.size(); at += 999)
    hasher.update(ByteView(bytes).subspan(at, std::min<std::size_t>(999, bytes.size() - at)));
  EXPECT_EQ(hasher.finish(), secret.digest(bytes));
}

TEST(Digest, DiffersBySeedAtEveryLength) {
  const DigestSecret one(seed_of(1));
  const DigestSecret other(seed_of(2));
  const Bytes bytes = counted(600);
  for (std::size_t length = 0; length <= bytes.size(); ++length)
    EXPECT_NE(one.digest(ByteView(bytes).first(length)), other.digest(ByteView(bytes).first(length)))
        << length;
  EXPECT_NE(one.id(), other.id());
}

TEST(Digest, IsTheSameForTheSameSeed) {
  EXPECT_EQ(DigestSecret(seed_of(3)).id(), DigestSecret(seed_of(3)).id());
  EXPECT_EQ(DigestSecret(seed_of(3)).digest(view("text")), DigestSecret(seed_of(3)).digest(view("text")));
}

TEST(Digest, NumbersAreEightLittleEndianBytes) {
  const DigestSecret secret(seed_of(1));
  Hasher hasher(secret);
  hasher.update_number(0x0102030405060708ULL);
  const Bytes little = {8, 7, 6, 5, 4, 3, 2, 1};
  EXPECT_EQ(hasher.finish(), secret.digest(little));
}

TEST(Digest, SurvivesAMoveOfItsHasher) {
  const DigestSecret secret(seed_of(1));
  Hasher first(secret);
  first.update(std::string_view("ab"));
  Hasher second(std::move(first));
  second.update(std::string_view("c"));
  EXPECT_EQ(second.finish(), secret.digest(view("abc")));
}

TEST(Digest, HexIsLowerCaseAndWhole) {
  const Bytes bytes = {0x00, 0x0f, 0xa0, 0xff};
  EXPECT_EQ(to_hex(bytes), "000fa0ff");
  EXPECT_EQ(Digest128{}.hex(), std::string(32, '0'));
}

TEST(Digest, RandomSeedsAndNamesDiffer) {
  EXPECT_NE(random_seed(), random_seed());
  EXPECT_EQ(random_name(8).size(), 16u);
  EXPECT_NE(random_name(8), random_name(8));
}

}  // namespace
}  // namespace imgopt
