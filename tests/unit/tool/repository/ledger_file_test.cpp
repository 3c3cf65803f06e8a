#include "tool/repository/ledger_file.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <thread>

#include "tests/unit/base/scratch_folder.hpp"

namespace imgopt {
namespace {

class LedgerFileTest : public testing::Test {
protected:
  LedgerFileTest() {
    ::setenv("XDG_STATE_HOME", folder.path("state").c_str(), 1);
    folder.make_folder("tree/sub");
  }
  ~LedgerFileTest() override { ::unsetenv("XDG_STATE_HOME"); }

  [[nodiscard]] LedgerPlace place_of(const std::vector<std::string>& paths,
                                     const std::optional<std::string>& given = {},
                                     const std::optional<std::string>& config = {}) const {
    return find_ledger(given, paths, config).value();
  }
  static LedgerLine line(const std::string& path, std::uint8_t fill) {
    LedgerLine line;
    line.path = path;
    line.hash.bytes.fill(fill);
    return line;
  }
  [[nodiscard]] std::string real(const std::string& name) const {
    return std::filesystem::canonical(folder.path(name)).string();
  }

  ScratchFolder folder;
};

TEST_F(LedgerFileTest, StandsWhereItIsGivenElseNearestElseAtTheRootElseBesideTheConfiguration) {
  const std::string sub = folder.path("tree/sub");
  EXPECT_EQ(place_of({sub}).folder, real("tree/sub"));
  EXPECT_EQ(place_of({sub}, {}, folder.path("tree/imgopt.json")).folder, real("tree"));
  folder.make_folder("tree/.git");
  EXPECT_EQ(place_of({sub}).file, real("tree") + "/.imgopt-ledger");
  folder.write("tree/sub/.imgopt-ledger", "");
  EXPECT_EQ(place_of({sub}).folder, real("tree/sub"));
  EXPECT_EQ(place_of({sub}, folder.path("tree/other.txt")).file, real("tree") + "/other.txt");
}

TEST_F(LedgerFileTest, WithoutGitItStandsAboveAllThatIsNamed) {
  folder.make_folder("tree/other/deep");
  folder.write("tree/sub/a.png", "");
  EXPECT_EQ(place_of({folder.path("tree/sub/a.png")}).folder, real("tree/sub"));
  EXPECT_EQ(place_of({folder.path("tree/sub/a.png"), folder.path("tree/other/deep")}).folder, real("tree"));
}

TEST_F(LedgerFileTest, DoesNotTakeALedgerFromOutsideTheWorkTree) {
  folder.write(".imgopt-ledger", "");
  folder.make_folder("tree/.git");
  EXPECT_EQ(place_of({folder.path("tree/sub")}).folder, real("tree"));
}

TEST_F(LedgerFileTest, ManyWritersLoseNothing) {
  const LedgerPlace place = place_of({folder.path("tree")});
  {
    std::vector<std::jthread> threads;
    for (std::uint8_t t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (std::uint8_t i = 0; i < 10; ++i) {
          LedgerChanges changes;
          changes.finished = {
              line(std::to_string(t) + "-" + std::to_string(i), static_cast<std::uint8_t>(t * 10 + i))};
          EXPECT_TRUE(update_ledger(place, changes));
        }
      });
  }
  EXPECT_EQ(load_ledger(place)->lines().size(), 40u);
}

TEST_F(LedgerFileTest, IsWrittenOnlyWhereALineChanges) {
  const LedgerPlace place = place_of({folder.path("tree")});
  LedgerChanges changes;
  changes.finished = {line("a", 1)};
  EXPECT_EQ(update_ledger(place, changes).value(), Written::yes);
  const FileStat before = folder.stat("tree/.imgopt-ledger");
  EXPECT_EQ(update_ledger(place, changes).value(), Written::unchanged);
  EXPECT_EQ(folder.stat("tree/.imgopt-ledger"), before);
}

TEST_F(LedgerFileTest, TheJournalKeepsWhatWasNotedAndForgivesATornEnd) {
  const LedgerPlace place = place_of({folder.path("tree")});
  EXPECT_EQ(load_journal(place).lines().size(), 0u);
  ASSERT_TRUE(note_in_journal(place, line("a", 1)));
  ASSERT_TRUE(note_in_journal(place, line("b", 2)));
  const std::string text = read_text_file(*place.journal).value();
  ASSERT_TRUE(write_file(*place.journal, text.substr(0, text.size() - 3)));
  const Ledger journal = load_journal(place);
  EXPECT_NE(journal.find(line("a", 1).hash), nullptr);
  EXPECT_EQ(journal.find(line("b", 2).hash), nullptr);
}

}  // namespace
}  // namespace imgopt
