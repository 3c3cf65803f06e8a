// What a run tells of its progress: images, and the cost by which the time left is reckoned.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/unit/tool/core/build_fixture.hpp"

namespace imgopt {
namespace {

class BuildProgressTest : public BuildTest {
protected:
  BuildProgressTest() {
    listeners.progress = [this](const ProgressSnapshot& snapshot) { m_told.push_back(snapshot); };
  }

  std::vector<ProgressSnapshot> told(const std::vector<std::string>& more = {}) {
    m_told.clear();
    build(more);
    return m_told;
  }

private:
  std::vector<ProgressSnapshot> m_told;
};

TEST_F(BuildProgressTest, EndsWithAllCostDoneHoweverOutputsAreMade) {
  for (int i = 0; i < 20; ++i)
    add_image(std::to_string(i) + ".png", "ok " + std::to_string(i % 10));
  for (const char* what : {"encoded and shared", "restored"}) {
    const std::vector<ProgressSnapshot> snapshots = told();
    ASSERT_FALSE(snapshots.empty()) << what;
    EXPECT_EQ(snapshots.back().done, 20u) << what;
    EXPECT_GT(snapshots.back().cost_total, 0u) << what;
    EXPECT_EQ(snapshots.back().cost_done, snapshots.back().cost_total) << what;
    std::uint64_t before = 0;
    for (const ProgressSnapshot& snapshot : snapshots) {
      EXPECT_GE(snapshot.cost_done, before) << what;
      before = snapshot.cost_done;
    }
    scratch.remove("state");
    std::filesystem::remove_all(scratch.path("out"));
  }
}

TEST_F(BuildProgressTest, CountsNoBytesOfWhatFailed) {
  add_image("good.png", "ok");
  add_image("bad.png", "wrong-format");
  const ProgressSnapshot last = told().back();
  EXPECT_EQ(last.done, 2u);
  EXPECT_EQ(last.bytes_in, scratch.stat("src/good.png").size);
}

}  // namespace
}  // namespace imgopt
