#include "tool/repository/in_place.hpp"

#include <gtest/gtest.h>

#include "tool/text/shell_text.hpp"

namespace imgopt {
namespace {

TEST(SavesEnough, AsksForLessThanBeforeAndForTheThreshold) {
  EXPECT_TRUE(saves_enough(100, 99, 0));
  EXPECT_FALSE(saves_enough(100, 100, 0));
  EXPECT_FALSE(saves_enough(100, 101, 0));
  EXPECT_TRUE(saves_enough(1000, 950, 50));
  EXPECT_FALSE(saves_enough(1000, 951, 50));
}

TEST(LedgerLineOf, SaysWhatBecameOfTheImage) {
  OutputWork output;
  output.settings.lossless = Lossless::yes;
  EXPECT_EQ(ledger_line("a", output, 9).result, LedgerResult::lossless);
  output.settings.lossless = Lossless::no;
  EXPECT_EQ(ledger_line("a", output, 9).result, LedgerResult::lossy);
  output.facts.kind = EntryKind::original_is_best;
  EXPECT_EQ(ledger_line("a", output, 9).result, LedgerResult::kept);
}

TEST(ShellQuoted, IsOneWordForAShell) {
  EXPECT_EQ(shell_quoted("a/b-c_1.png"), "a/b-c_1.png");
  EXPECT_EQ(shell_quoted("a b"), "'a b'");
  EXPECT_EQ(shell_quoted("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quoted(""), "''");
  EXPECT_EQ(shell_quoted("-n.png"), "./-n.png");
  EXPECT_EQ(shell_quoted("$(rm)"), "'$(rm)'");
  EXPECT_EQ(shell_quoted("a\nb\xff'\\"), "$'a\\012b\\377\\'\\134'");
}

}  // namespace
}  // namespace imgopt
