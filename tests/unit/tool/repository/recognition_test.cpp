#include "tool/repository/recognition.hpp"

#include <gtest/gtest.h>

#include "tests/unit/tool/repository/filled_hash.hpp"

namespace imgopt {
namespace {

class RecognitionTest : public testing::Test {
protected:
  void add_file(const std::string& name, std::uint8_t fill, ContentKind kind = ContentKind::image,
                NamedBy named_by = NamedBy::folder) {
    scan.scan.files.push_back({name, {}, 0, named_by});
    scan.rule_names.push_back(name);
    HashedFile file;
    file.hash = hash_of(fill);
    file.kind = kind;
    hashed.files.push_back(file);
  }

  [[nodiscard]] Recognition look(const Ledger& ledger, const Ledger* journal = nullptr) const {
    return recognize(
        {&scan, &hashed, &ledger, journal, [](const std::string& path) { return path == "there.png"; }});
  }

  InPlaceScan scan;
  HashedFiles hashed;
};

TEST_F(RecognitionTest, KnowsByContentAndWantsALineForTheNewName) {
  add_file("new-name.png", 1);
  add_file("other.png", 2);
  const Recognition known = look(Ledger({{"old-name.png", hash_of(1), LedgerResult::lossy, 77}}));
  EXPECT_EQ(known.files, (std::vector{Standing::finished, Standing::unfinished}));
  ASSERT_EQ(known.missing_lines.size(), 1u);
  EXPECT_EQ(known.missing_lines[0], (LedgerLine{"new-name.png", hash_of(1), LedgerResult::lossy, 77}));
}

TEST_F(RecognitionTest, TheJournalCountsOnlyWhereItIsAsked) {
  add_file("a.png", 1);
  const Ledger journal({{"a.png", hash_of(1), LedgerResult::lossy, 77}});
  EXPECT_EQ(look(Ledger()).files[0], Standing::unfinished);
  EXPECT_EQ(look(Ledger(), &journal).files[0], Standing::finished);
  EXPECT_EQ(look(Ledger(), &journal).missing_lines.size(), 1u);
}

TEST_F(RecognitionTest, WhatIsNoImageAndNotCalledLikeOneIsLeftOut) {
  add_file("notes.txt", 1, ContentKind::unknown);
  add_file("pointer.png", 2, ContentKind::lfs_pointer);
  add_file("named.txt", 3, ContentKind::unknown, NamedBy::itself);
  EXPECT_EQ(look(Ledger()).files,
            (std::vector{Standing::no_image, Standing::unfinished, Standing::unfinished}));
}

TEST_F(RecognitionTest, LinesAreOrphanedOnlyBelowFoldersThatWereLookedAt) {
  const Ledger ledger({{"a/gone.png", hash_of(1), LedgerResult::kept, 1},
                       {"b/gone.png", hash_of(2), LedgerResult::kept, 1},
                       {"there.png", hash_of(3), LedgerResult::kept, 1}});
  EXPECT_TRUE(look(ledger).orphaned_paths.empty());
  scan.folders = {"a/"};
  EXPECT_EQ(look(ledger).orphaned_paths, std::vector<std::string>{"a/gone.png"});
  scan.folders = {""};
  EXPECT_EQ(look(ledger).orphaned_paths, (std::vector<std::string>{"a/gone.png", "b/gone.png"}));
}

}  // namespace
}  // namespace imgopt
