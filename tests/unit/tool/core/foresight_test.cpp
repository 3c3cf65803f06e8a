// Workers started while sources are still being hashed, and only where something will be encoded.
#include "tool/plan/foresight.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/tool/core/build_fixture.hpp"
#include "tool/build/build_survey.hpp"
#include "tool/settings/command_line.hpp"

namespace imgopt {
namespace {

class ForesightTest : public BuildTest {
protected:
  // How many workers a survey that is followed by a build finds of use while it reads.
  std::size_t workers_foreseen(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"build",       scratch.path("src"),
                                      "--out",       scratch.path("out"),
                                      "--state",     scratch.path("state"),
                                      "--cache-dir", scratch.path("cache"),
                                      "--format",    "webp",
                                      "--jobs",      "1"};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<const char*> pointers;
    for (const std::string& word : words)
      pointers.push_back(word.c_str());
    const CommandLine command_line = parse_command_line(pointers).value();
    BuildRequest request = make_build_request(command_line).value();
    std::size_t most = 0;
    SurveyHooks hooks;
    hooks.work_foreseen = [&](const std::string&, std::size_t wanted) { most = std::max(most, wanted); };
    BuildSurvey survey;
    const auto taken = take_survey(request, SurveyFor::building, hooks, survey);
    EXPECT_TRUE(taken) << taken.error().message;
    return most;
  }
};

TEST_F(ForesightTest, WantsNoMoreWorkersThanSourcesChanged) {
  add_image("a.png", "ok a");
  EXPECT_LE(workers_foreseen(), 1u);
  for (int i = 0; i < 200; ++i)
    add_image(std::to_string(i) + ".png", "ok " + std::to_string(i));
  const std::size_t wanted = workers_foreseen();
  EXPECT_GT(wanted, 1u);
  EXPECT_LE(wanted, 201u);
}

TEST_F(ForesightTest, ForeseesNothingWhereTheCacheHasEverything) {
  add_image("a.png", "ok a");
  build();
  scratch.remove("state");
  scratch.remove("out/a.webp");
  EXPECT_EQ(workers_foreseen(), 0);
  EXPECT_EQ(workers_foreseen({"--recache"}), 1);
  EXPECT_EQ(workers_foreseen({"--quality", "50"}), 1);
}

TEST_F(ForesightTest, ForeseesNothingWhereNothingChanged) {
  add_image("a.png", "ok a");
  build();
  EXPECT_EQ(workers_foreseen(), 0);
  add_image("a.png", "ok other");
  EXPECT_EQ(workers_foreseen(), 1);
}

TEST_F(ForesightTest, ForeseesNothingOfFilesThatAreNoImages) {
  scratch.write("src/notes.txt", "words");
  EXPECT_EQ(workers_foreseen(), 0);
}

// The kernel ends a worker with the thread that started it.
TEST_F(ForesightTest, WorkersStartedEarlyDoTheWork) {
  for (int i = 0; i < 40; ++i)
    add_image(std::to_string(i) + ".png", "ok " + std::to_string(i));
  const BuildReport report = build();
  EXPECT_EQ(report.outcome.summary.encoded, 40u);
  EXPECT_EQ(report.outcome.summary.worker_crashes, 0u);
  EXPECT_EQ(report.outcome.summary.workers, 2u);
}

}  // namespace
}  // namespace imgopt
