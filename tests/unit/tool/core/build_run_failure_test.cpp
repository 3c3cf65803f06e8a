// Builds in which something fails: what stands, what is remembered and what is tried again.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "tests/unit/tool/core/build_fixture.hpp"
#include "tool/build/build_run.hpp"

namespace imgopt {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class BuildFailureTest : public BuildTest {};

TEST_F(BuildFailureTest, AFailedImageStopsNoOther) {
  add_image("a.png", "damaged");
  add_image("b.png", "ok b");
  add_image("c.png", "crash");
  const BuildReport report = build();
  EXPECT_EQ(report.outcome.summary.encoded, 1u);
  EXPECT_EQ(report.outcome.summary.failed, 2u);
  EXPECT_EQ(report.outcome.summary.failed_images, 2u);
  EXPECT_EQ(report.outcome.summary.worker_crashes, 2u);
  EXPECT_EQ(error_of(report, "a.png"), "it is damaged");
  EXPECT_THAT(error_of(report, "c.png"), HasSubstr("killed by SIGABRT"));
  EXPECT_THAT(scratch.files("out"), ElementsAre("b.webp"));
  EXPECT_FALSE(report.surroundings_failed);
}

TEST_F(BuildFailureTest, NamesACommandThatShowsACrashAgain) {
  add_image("it's.png", "crash");
  const BuildReport report = build();
  ASSERT_EQ(report.outcome.images.size(), 1u);
  EXPECT_THAT(report.outcome.images[0].reproduce, HasSubstr("src/it'\\''s.png'"));
}

TEST_F(BuildFailureTest, AFailedImageKeepsItsEarlierOutput) {
  add_image("a.png", "ok a");
  build();
  const FileStat before = scratch.stat("out/a.webp");
  add_image("a.png", "damaged");
  for (int i = 0; i < 3; ++i) {
    const BuildReport report = build();
    EXPECT_EQ(report.outcome.summary.failed, 1u);
    EXPECT_EQ(report.outcome.summary.removed, 0u);
    EXPECT_EQ(scratch.stat("out/a.webp"), before);
  }
  add_image("a.png", "ok again");
  EXPECT_EQ(build().outcome.summary.encoded, 1u);
  EXPECT_THAT(out("a.webp"), HasSubstr("ok again"));
}

TEST_F(BuildFailureTest, AFailedImageStillOwnsItsEarlierOutput) {
  add_image("a.png", "ok a");
  build();
  add_image("a.png", "damaged");
  build();
  remove_source("a.png");
  EXPECT_EQ(build().outcome.summary.removed, 1u);
  EXPECT_FALSE(has_output("a.webp"));
}

TEST_F(BuildFailureTest, AnImageThatNeverWorkedOwnsNothing) {
  add_image("a.png", "damaged");
  build();
  scratch.write("out/a.webp", "theirs");
  remove_source("a.png");
  EXPECT_EQ(build().outcome.summary.removed, 0u);
  EXPECT_EQ(out("a.webp"), "theirs");
}

struct Remembered {
  std::string behaviour;
  bool is_remembered;
};

class RememberedFailureTest : public BuildTest, public testing::WithParamInterface<Remembered> {};

TEST_P(RememberedFailureTest, IsTriedAgainUnlessItIsTheImagesOwn) {
  add_image("a.png", GetParam().behaviour);
  const std::string error = error_of(build(), "a.png");
  const BuildReport again = build();
  EXPECT_EQ(again.outcome.summary.failed, 1u);
  EXPECT_EQ(error_of(again, "a.png"), error);
  EXPECT_EQ(again.outcome.summary.workers == 0, GetParam().is_remembered);
  EXPECT_GT(build({"--retry-failed"}).outcome.summary.workers, 0u);
}

INSTANTIATE_TEST_SUITE_P(Failures, RememberedFailureTest,
                         testing::Values(Remembered{"damaged", true}, Remembered{"limit", false},
                                         Remembered{"crash", false}, Remembered{"outside", false},
                                         Remembered{"wrong-format", false}),
                         [](const auto& test) {
                           std::string name = test.param.behaviour;
                           std::erase(name, '-');
                           return name;
                         });

TEST_F(BuildFailureTest, ACrashThatDoesNotComeAgainCostsNothing) {
  add_image("a.png", "crash-once " + scratch.path("flag"));
  const BuildReport report = build();
  EXPECT_EQ(report.outcome.summary.encoded, 1u);
  EXPECT_EQ(report.outcome.summary.worker_crashes, 1u);
  EXPECT_EQ(build().outcome.summary.up_to_date, 1u);
}

TEST_F(BuildFailureTest, NeverDeliversWhatIsNotTheFormatAskedFor) {
  add_image("a.png", "wrong-format");
  const BuildReport report = build();
  EXPECT_EQ(report.outcome.summary.failed, 1u);
  EXPECT_THAT(error_of(report, "a.png"), HasSubstr("the worker gave something that is no webp"));
  EXPECT_THAT(scratch.files("out"), IsEmpty());
}

TEST_F(BuildFailureTest, KeepsNoOriginalThatIsNotOfTheFormatAskedFor) {
  add_image("a.png", "original-of-another");
  add_image("b.png", "original-as-it-is");
  const BuildReport report = build();
  EXPECT_EQ(report.outcome.summary.failed, 2u);
  EXPECT_THAT(error_of(report, "a.png"), HasSubstr("a source was kept that has another format"));
  EXPECT_THAT(error_of(report, "b.png"), HasSubstr("an output of another format than was asked for"));
  EXPECT_THAT(scratch.files("out"), IsEmpty());
}

TEST_F(BuildFailureTest, TellsOfNoFormatWhereAnImageFailed) {
  add_image("a.png", "damaged-of-no-format");
  const BuildReport report = build();
  EXPECT_EQ(error_of(report, "a.png"), "it is damaged");
  EXPECT_FALSE(report.outcome.images.at(0).outputs.at(0).format);
}

TEST_F(BuildFailureTest, KeysWhatASecondWorkerWasGivenByItsOwnBytes) {
  const std::string path = scratch.path("src/a.png");
  const std::string other = "put-back-and-crash " + path;
  add_image("a.png", "ok");
  listeners.planned = [&](const RunOutcome&) {
    std::filesystem::rename(path, path + ".before");
    add_image("a.png", other);
  };
  EXPECT_EQ(build().outcome.summary.encoded, 1u);
  EXPECT_THAT(out("a.webp"), HasSubstr("ok"));
  listeners.planned = nullptr;
  // The cache knows the bytes that were encoded, not those that were there in between.
  add_image("b.png", "ok");
  add_image("c.png", other);
  const BuildReport report = build();
  EXPECT_EQ(report.outcome.summary.restored + report.outcome.summary.deduplicated, 1u);
  EXPECT_EQ(report.outcome.summary.failed, 1u);
  EXPECT_FALSE(has_output("c.webp"));
}

TEST_F(BuildFailureTest, EqualImagesFailAlike) {
  add_image("a.png", "damaged");
  add_image("b.png", "damaged");
  const BuildReport report = build();
  EXPECT_EQ(report.outcome.summary.failed, 2u);
  EXPECT_EQ(error_of(report, "b.png"), "it is damaged");
}

TEST_F(BuildFailureTest, SaysThatAFolderIsInTheWayOfAnOutput) {
  add_image("a.png", "ok a");
  add_image("b.png", "ok b");
  scratch.write("out/a.webp/theirs", "theirs");
  const BuildReport report = build();
  EXPECT_EQ(report.outcome.summary.encoded, 1u);
  EXPECT_EQ(report.outcome.summary.failed, 1u);
  EXPECT_TRUE(report.surroundings_failed);
  EXPECT_EQ(out("a.webp/theirs"), "theirs");
}

TEST_F(BuildFailureTest, EncodesNothingWhereNoWorkerStarts) {
  add_image("a.png", "ok a");
  build();
  scratch.remove("worker");
  std::filesystem::create_symlink(IMGOPT_FAKE_WORKER, scratch.path("silent-exit"));
  ASSERT_EQ(::setenv("IMGOPT_WORKER", scratch.path("silent-exit").c_str(), 1), 0);
  add_image("b.png", "ok b");
  const auto report = try_build();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::io);
  EXPECT_THAT(report.error().message, HasSubstr("the worker cannot start"));
}

// Reading the start of a process's memory fails for everybody, the superuser too.
TEST_F(BuildFailureTest, ASourceThatCannotBeReadIsAFailureOfTheSurroundings) {
  std::filesystem::create_symlink("/proc/self/mem", scratch.path("src/a.png"));
  add_image("b.png", "ok b");
  for (int i = 0; i < 2; ++i) {
    const BuildReport report = build();
    EXPECT_TRUE(report.surroundings_failed);
    EXPECT_EQ(report.outcome.summary.failed, 1u);
    EXPECT_THAT(error_of(report, "a.png"), HasSubstr("cannot read"));
    EXPECT_THAT(scratch.files("out"), ElementsAre("b.webp"));
  }
}

TEST_F(BuildFailureTest, KeepsTheOutputsOfASourceThatCannotBeListed) {
  add_image("a.png", "ok a");
  scratch.write("more/b.png", "\x89PNG\r\n\x1a\nok b");
  const std::vector<std::string> sources = {scratch.path("src"), scratch.path("more")};
  build({}, sources);
  std::filesystem::rename(scratch.path("more"), scratch.path("away"));
  const BuildReport report = build({}, sources);
  EXPECT_TRUE(report.surroundings_failed);
  EXPECT_EQ(report.problems.size(), 1u);
  EXPECT_EQ(report.outcome.summary.removed, 0u);
  EXPECT_TRUE(has_output("b.webp"));
}

TEST_F(BuildFailureTest, StillOwnsTheOutputsOfASourceThatCouldNotBeListed) {
  add_image("a.png", "ok a");
  scratch.write("more/b.png", "\x89PNG\r\n\x1a\nok b");
  const std::vector<std::string> sources = {scratch.path("src"), scratch.path("more")};
  build({}, sources);
  std::filesystem::rename(scratch.path("more"), scratch.path("away"));
  build({}, sources);
  build({}, sources);
  scratch.make_folder("more");
  EXPECT_EQ(build({}, sources).outcome.summary.removed, 1u);
  EXPECT_FALSE(has_output("b.webp"));
  EXPECT_EQ(build({}, sources).outcome.summary.removed, 0u);
}

TEST_F(BuildFailureTest, StillOwnsWhatChangedSettingsLeftWhileAFolderCouldNotBeListed) {
  add_image("a.png", "ok a");
  const std::vector<std::string> sources = {scratch.path("src"), scratch.path("gone")};
  build({}, sources);
  settings = {"--format", "jpeg"};
  EXPECT_EQ(build({}, sources).outcome.summary.removed, 0u);
  EXPECT_TRUE(has_output("a.webp"));
  scratch.make_folder("gone");
  const BuildReport report = build({}, sources);
  EXPECT_EQ(report.outcome.summary.removed, 1u);
  EXPECT_EQ(report.outcome.summary.up_to_date, 1u);
  EXPECT_THAT(scratch.files("out"), ElementsAre("a.jpg"));
}

TEST_F(BuildFailureTest, LeavesAnOutputThatMovedToAnotherSourceWhileAFolderCouldNotBeListed) {
  scratch.write("more/a.png", "\x89PNG\r\n\x1a\nok old");
  const std::vector<std::string> sources = {scratch.path("src"), scratch.path("more")};
  build({}, sources);
  std::filesystem::rename(scratch.path("more"), scratch.path("away"));
  scratch.write("src/a.gif", "GIF89aok new");
  build({}, sources);
  EXPECT_THAT(out("a.webp"), HasSubstr("ok new"));
  scratch.make_folder("more");
  EXPECT_EQ(build({}, sources).outcome.summary.removed, 0u);
  EXPECT_THAT(out("a.webp"), HasSubstr("ok new"));
}

}  // namespace
}  // namespace imgopt
