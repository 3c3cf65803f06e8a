#include "base/folder_watch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

#include "scratch_folder.hpp"

namespace imgopt {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

bool names(const FolderEvents& heard, std::string_view name) {
  return std::any_of(heard.events.begin(), heard.events.end(),
                     [&](const FolderEvent& e) { return e.name == name; });
}

class FolderWatching : public testing::Test {
protected:
  void SetUp() override { m_watch.emplace(FolderWatch::create().value()); }
  [[nodiscard]] std::string path(const std::string& name) const { return m_folder.path(name); }
  void write(const std::string& name) const { m_folder.write(name, "x"); }
  // inotify tells in the order in which things happened, so what has happened can be read at once.
  FolderEvents heard() { return m_watch->wait(milliseconds(0)).value(); }

  ScratchFolder m_folder;
  std::optional<FolderWatch> m_watch;
};

TEST_F(FolderWatching, HearsWritingReplacingAndRemoving) {
  ASSERT_TRUE(m_watch->add(m_folder.path()));
  EXPECT_TRUE(heard().events.empty());
  write("a");
  EXPECT_TRUE(names(heard(), "a"));
  fs::rename(path("a"), path("b"));
  const FolderEvents renamed = heard();
  EXPECT_TRUE(names(renamed, "a") && names(renamed, "b"));
  fs::remove(path("b"));
  EXPECT_TRUE(names(heard(), "b"));
  EXPECT_TRUE(heard().events.empty());
}

TEST_F(FolderWatching, TellsFilesThatAreBeingWrittenFromThoseThatAreWhole) {
  ASSERT_TRUE(m_watch->add(m_folder.path()));
  std::ofstream file(path("slow"));
  file << "half" << std::flush;
  const FolderEvents begun = heard();
  ASSERT_EQ(begun.events.size(), 1u);
  EXPECT_EQ(begun.events[0].change, FolderChange::begun);
  file.close();
  const FolderEvents closed = heard();
  ASSERT_EQ(closed.events.size(), 1u);
  EXPECT_EQ(closed.events[0].change, FolderChange::entry);
  fs::create_symlink(path("slow"), path("symbolic"));
  fs::create_hard_link(path("slow"), path("hard"));
  fs::create_directory(path("folder"));
  const FolderEvents links = heard();
  ASSERT_EQ(links.events.size(), 3u);
  for (const FolderEvent& event : links.events)
    EXPECT_EQ(event.change, FolderChange::entry) << event.name;
}

TEST_F(FolderWatching, TellsThatAFolderIsGoneAndHearsItAgainWhenAdded) {
  fs::create_directory(path("deep"));
  ASSERT_TRUE(m_watch->add(path("deep")));
  fs::remove(path("deep"));
  const FolderEvents gone = heard();
  ASSERT_FALSE(gone.events.empty());
  EXPECT_EQ(gone.events.back().change, FolderChange::gone);
  EXPECT_FALSE(m_watch->has(path("deep")));
  fs::create_directory(path("deep"));
  ASSERT_TRUE(m_watch->add(path("deep")));
  write("deep/a");
  EXPECT_TRUE(names(heard(), "a"));
}

TEST_F(FolderWatching, TellsThatEventsWereLost) {
  ASSERT_TRUE(m_watch->add(m_folder.path()));
  int most = 16384;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> most;
  if (most > 200'000)
    GTEST_SKIP() << "this system's queue takes " << most << " events";
  // Two events each, no two alike.
  for (int i = 0; i <= most / 2 + 1; ++i) {
    write("a");
    fs::rename(path("a"), path(i % 2 == 0 ? "b" : "c"));
  }
  EXPECT_TRUE(heard().lost);
  write("d");
  const FolderEvents after = heard();
  EXPECT_FALSE(after.lost);
  EXPECT_TRUE(names(after, "d"));
}

TEST_F(FolderWatching, ForgetsARemovedFolderAndRefusesWhatIsNone) {
  ASSERT_TRUE(m_watch->add(m_folder.path()));
  m_watch->remove(m_folder.path());
  write("a");
  EXPECT_FALSE(names(heard(), "a"));
  const auto nowhere = m_watch->add(path("nowhere"));
  EXPECT_EQ(nowhere.error().code, ErrorCode::not_found);
  EXPECT_EQ(nowhere.error().message, path("nowhere") + ": cannot watch: no such folder");
  EXPECT_EQ(m_watch->add(path("a")).error().code, ErrorCode::not_found);
  EXPECT_EQ(m_watch->size(), 0u);
}

}  // namespace
}  // namespace imgopt
