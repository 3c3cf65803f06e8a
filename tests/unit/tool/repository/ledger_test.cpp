#include "tool/repository/ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/tool/repository/filled_hash.hpp"

namespace imgopt {
namespace {

using testing::HasSubstr;

LedgerLine line(const std::string& path, std::uint8_t fill, LedgerResult result = LedgerResult::lossless) {
  return {path, hash_of(fill), result, 1000u + fill};
}

Ledger some_ledger() {
  return Ledger({line("b.png", 2, LedgerResult::lossy), line("a/x y.png", 1), line("a\\b\nc\r.png", 3),
                 line("z", 4, LedgerResult::kept)});
}

TEST(Ledger, GivesBackWhatWasWritten) {
  const Ledger ledger = Ledger::parse(some_ledger().text(), "l").value();
  EXPECT_TRUE(std::ranges::equal(ledger.lines(), some_ledger().lines()));
  EXPECT_EQ(ledger.text(), some_ledger().text());
  EXPECT_EQ(Ledger::parse("", "l")->lines().size(), 0u);
}

TEST(Ledger, IsSortedByPathWithOneLineEach) {
  const Ledger ledger({line("b", 1), line("a", 2), line("b", 1)});
  ASSERT_EQ(ledger.lines().size(), 2u);
  EXPECT_EQ(ledger.lines()[0].path, "a");
}

TEST(Ledger, FindsByContent) {
  const Ledger ledger = some_ledger();
  ASSERT_NE(ledger.find(hash_of(2)), nullptr);
  EXPECT_EQ(ledger.find(hash_of(2))->path, "b.png");
  EXPECT_EQ(ledger.find(hash_of(9)), nullptr);
  EXPECT_EQ(Ledger().find(hash_of(9)), nullptr);
}

TEST(Ledger, FinishedLinesReplaceThoseOfTheirPathAndGoneOnesGo) {
  const Ledger before({line("a", 1), line("a", 2), line("b", 3), line("c", 4)});
  LedgerChanges changes;
  changes.finished = {line("a", 5), line("d", 6)};
  changes.gone = {"b"};
  const Ledger after = before.with(changes);
  EXPECT_TRUE(std::ranges::equal(after.lines(), std::vector{line("a", 5), line("c", 4), line("d", 6)}));
}

TEST(Ledger, AUnionMergeOfTwoSidesIsRight) {
  const std::string ours = Ledger({line("a", 1), line("b", 2)}).text();
  const std::string theirs = Ledger({line("a", 1), line("c", 3)}).text();
  const Ledger merged = Ledger::parse(ours + theirs, "l").value();
  EXPECT_EQ(merged.lines().size(), 3u);
  EXPECT_FALSE(merged.has_conflict());
}

TEST(Ledger, PassesOverConflictMarksCommentsAndCarriageReturns) {
  std::string text = Ledger({line("a", 1)}).text() + "<<<<<<< ours\n" + Ledger({line("b", 2)}).text() +
                     "||||||| base\n# a word\n\n=======\n" + Ledger({line("c", 3)}).text() +
                     ">>>>>>> theirs\n";
  const Ledger ledger = Ledger::parse(text, "l").value();
  EXPECT_EQ(ledger.lines().size(), 3u);
  EXPECT_TRUE(ledger.has_conflict());
  std::string windows;
  for (const char c : some_ledger().text())
    windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_TRUE(std::ranges::equal(Ledger::parse(windows, "l")->lines(), some_ledger().lines()));
}

struct WrongText {
  std::string text;
  std::string says;
};
class WrongLedger : public testing::TestWithParam<WrongText> {};

TEST_P(WrongLedger, IsAnErrorThatNamesTheLine) {
  const auto ledger = Ledger::parse(GetParam().text, "dir/.imgopt-ledger");
  ASSERT_FALSE(ledger);
  EXPECT_EQ(ledger.error().code, ErrorCode::invalid_config);
  EXPECT_THAT(ledger.error().message, HasSubstr(GetParam().says));
}

const std::string k_header = "# imgopt-ledger 1\n";
const std::string k_hash(64, 'a');
INSTANTIATE_TEST_SUITE_P(
    All, WrongLedger,
    testing::Values(WrongText{"# imgopt-ledger 2\n", ":1: the ledger is of version 2"},
                    WrongText{k_hash + " kept 1 a\n", ":1: this is no ledger"},
                    WrongText{k_header + k_hash + " kept 1 a", ":2: the line is cut off"},
                    WrongText{k_header + k_hash + " best 1 a\n", ":2: expected SHA-256"},
                    WrongText{k_header + k_hash + " kept x a\n", ":2: expected SHA-256"},
                    WrongText{k_header + k_hash + " kept -1 a\n", ":2: expected SHA-256"},
                    WrongText{k_header + k_hash + " kept 99999999999999999999 a\n", ":2: expected SHA-256"},
                    WrongText{k_header + k_hash + " kept 1 \n", ":2: expected SHA-256"},
                    WrongText{k_header + k_hash + " kept 1 a\\x\n", ":2: expected SHA-256"},
                    WrongText{k_header + k_hash + " kept 1 a\\\n", ":2: expected SHA-256"},
                    WrongText{k_header + std::string(64, 'A') + " kept 1 a\n", ":2: expected SHA-256"},
                    WrongText{k_header + std::string(63, 'a') + " kept 1 a\n", ":2: expected SHA-256"}));

TEST(Ledger, TruncatedAnywhereItIsRefusedOrHoldsWholeLines) {
  const Ledger whole = some_ledger();
  const std::string text = whole.text();
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto ledger = Ledger::parse(text.substr(0, size), "l");
    EXPECT_EQ(ledger.has_value(), size == 0 || text[size - 1] == '\n') << size;
    if (ledger) {
      for (const LedgerLine& kept : ledger->lines())
        EXPECT_NE(std::ranges::find(whole.lines(), kept), whole.lines().end());
    }
  }
}

TEST(Ledger, WithAnyByteFlippedItKnowsNoContentThatItMustNot) {
  const Ledger whole = some_ledger();
  const std::string text = whole.text();
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string flipped = text;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    const auto ledger = Ledger::parse(flipped, "l");
    if (!ledger)
      continue;
    std::size_t known = 0;
    for (const LedgerLine& original : whole.lines())
      known += ledger->find(original.hash) != nullptr ? 1 : 0;
    EXPECT_LE(ledger->lines().size(), whole.lines().size()) << at;
    EXPECT_GE(known + 1, whole.lines().size()) << at;
  }
}

}  // namespace
}  // namespace imgopt
