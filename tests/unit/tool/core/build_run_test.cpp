// The incremental decision by whole builds: what is encoded, restored, left alone and removed.
#include "tool/build/build_run.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/unit/tool/core/build_fixture.hpp"
#include "tool/cache/cache.hpp"

namespace imgopt {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class BuildRunTest : public BuildTest {};

TEST_F(BuildRunTest, EncodesOnceAndThenDoesNothing) {
  add_image("a.png", "ok a");
  add_image("deep/b.png", "ok b");
  const BuildReport first = build();
  EXPECT_EQ(first.outcome.summary.encoded, 2u);
  EXPECT_EQ(out("a.webp"), std::string("RIFF\x10\0\0\0WEBP0 ok a", 18));
  EXPECT_THAT(scratch.files("out"), ElementsAre("a.webp", "deep/b.webp"));
  const FileStat before = scratch.stat("out/a.webp");
  for (int i = 0; i < 2; ++i) {
    const BuildReport next = build();
    EXPECT_EQ(next.outcome.summary.up_to_date, 2u);
    EXPECT_EQ(next.outcome.summary.workers, 0u);
    EXPECT_EQ(next.outcome.summary.bytes_out, first.outcome.summary.bytes_out);
  }
  EXPECT_EQ(scratch.stat("out/a.webp"), before);
  EXPECT_EQ(times_asked(), 1u);
}

TEST_F(BuildRunTest, OutputsHaveTheTimeOfTheScansStart) {
  add_image("a.png", "ok a");
  const BuildReport report = build();
  EXPECT_EQ(scratch.stat("out/a.webp").mtime_ns, report.scan_start_ns);
}

TEST_F(BuildRunTest, NoticesAnEditOfTheSameSizeWithItsTimePutBack) {
  add_image("a.png", "ok one");
  add_image("b.png", "ok b");
  build();
  edit_in_secret("a.png", "ok two");
  const BuildReport report = build();
  EXPECT_EQ(report.outcome.summary.encoded, 1u);
  EXPECT_EQ(report.outcome.summary.up_to_date, 1u);
  EXPECT_THAT(out("a.webp"), HasSubstr("ok two"));
}

TEST_F(BuildRunTest, LeavesATouchedSourcesOutputsAlone) {
  add_image("a.png", "ok a");
  build();
  const FileStat before = scratch.stat("out/a.webp");
  const std::string path = scratch.path("src/a.png");
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(set_times(file.get(), 1'000'000'000'000'000'000, path));
  const BuildReport report = build();
  EXPECT_EQ(report.outcome.summary.up_to_date, 1u);
  EXPECT_EQ(report.outcome.summary.workers, 0u);
  EXPECT_EQ(scratch.stat("out/a.webp"), before);
}

TEST_F(BuildRunTest, EncodesAnAddedSourceAlone) {
  add_image("b.png", "ok b");
  build();
  add_image("a.png", "ok a");
  add_image("c.png", "ok c");
  const BuildReport report = build();
  EXPECT_EQ(report.outcome.summary.encoded, 2u);
  EXPECT_EQ(report.outcome.summary.up_to_date, 1u);
}

TEST_F(BuildRunTest, RemovesADeletedSourcesOutputAndTheFolderItLeavesEmpty) {
  add_image("a.png", "ok a");
  add_image("deep/er/b.png", "ok b");
  build();
  remove_source("deep");
  const BuildReport report = build();
  EXPECT_EQ(report.outcome.summary.removed, 1u);
  EXPECT_EQ(report.outcome.summary.outputs, 1u);
  EXPECT_FALSE(has_output("deep"));
  EXPECT_TRUE(has_output("a.webp"));
  EXPECT_EQ(build().outcome.summary.removed, 0u);
}

TEST_F(BuildRunTest, RemovesNeitherForeignFilesNorOutputsThatSomebodyAltered) {
  add_image("a.png", "ok a");
  add_image("b.png", "ok b");
  build();
  scratch.write("out/theirs.webp", "theirs");
  scratch.write("out/a.webp", "altered by hand");
  remove_source("a.png");
  remove_source("b.png");
  EXPECT_EQ(build().outcome.summary.removed, 1u);
  EXPECT_EQ(out("a.webp"), "altered by hand");
  EXPECT_EQ(out("theirs.webp"), "theirs");
  EXPECT_FALSE(has_output("b.webp"));
}

TEST_F(BuildRunTest, RemovesAnOutputThatWasOnlyTouched) {
  add_image("a.png", "ok a");
  build();
  const std::string path = scratch.path("out/a.webp");
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(set_times(file.get(), 1'000'000'000'000'000'000, path));
  remove_source("a.png");
  EXPECT_EQ(build().outcome.summary.removed, 1u);
}

TEST_F(BuildRunTest, RemovesWhatChangedSettingsNoLongerAskFor) {
  add_image("a.png", "ok a");
  build();
  settings = {"--format", "jpeg"};
  const BuildReport report = build();
  EXPECT_EQ(report.outcome.summary.encoded, 1u);
  EXPECT_EQ(report.outcome.summary.removed, 1u);
  EXPECT_THAT(scratch.files("out"), ElementsAre("a.jpg"));
}

TEST_F(BuildRunTest, RestoresADeletedOrAlteredOutputFromTheCache) {
  add_image("a.png", "ok a");
  add_image("b.png", "ok b");
  build();
  scratch.remove("out/a.webp");
  scratch.write("out/b.webp", "altered by hand");
  const BuildReport report = build();
  EXPECT_EQ(report.outcome.summary.restored, 2u);
  EXPECT_EQ(report.outcome.summary.workers, 0u);
  EXPECT_THAT(out("a.webp"), HasSubstr("ok a"));
  EXPECT_THAT(out("b.webp"), HasSubstr("ok b"));
}

TEST_F(BuildRunTest, RestoresWhatAnEarlierVersionOfASourceGave) {
  add_image("a.png", "ok one");
  build();
  add_image("a.png", "ok two");
  build();
  add_image("a.png", "ok one");
  const BuildReport report = build();
  EXPECT_EQ(report.outcome.summary.restored, 1u);
  EXPECT_EQ(report.outcome.summary.workers, 0u);
}

class LostStateTest : public BuildTest, public testing::WithParamInterface<bool> {};

TEST_P(LostStateTest, RewritesNoOutputThatIsRight) {
  const bool is_damaged = GetParam();
  add_image("a.png", "ok a");
  build();
  const FileStat before = scratch.stat("out/a.webp");
  if (is_damaged)
    scratch.write("state", "damaged");
  else
    scratch.remove("state");
  const BuildReport report = build();
  EXPECT_EQ(report.outcome.summary.encoded, 0u);
  EXPECT_EQ(report.outcome.summary.failed, 0u);
  EXPECT_EQ(report.outcome.warnings.size(), is_damaged ? 1u : 0u);
  EXPECT_EQ(scratch.stat("out/a.webp"), before);
  EXPECT_EQ(build().outcome.summary.up_to_date, 1u);
}

INSTANTIATE_TEST_SUITE_P(RemovedAndDamaged, LostStateTest, testing::Bool());

TEST_F(BuildRunTest, StaysUpToDateWithoutItsCachesEntries) {
  add_image("a.png", "ok a");
  build();
  ASSERT_EQ(clear_cache(CachePaths(scratch.path("cache"))).value().entries, 1u);
  EXPECT_EQ(build().outcome.summary.up_to_date, 1u);
}

TEST_F(BuildRunTest, MakesADamagedEntryAgain) {
  add_image("a.png", "ok a");
  build();
  const auto entries = scratch.files("cache/v1/entries");
  ASSERT_EQ(entries.size(), 1u);
  scratch.write("cache/v1/entries/" + entries[0], "damaged");
  scratch.remove("out/a.webp");
  const BuildReport report = build();
  EXPECT_EQ(report.outcome.summary.encoded, 1u);
  EXPECT_EQ(report.outcome.summary.damaged_entries, 1u);
}

TEST_F(BuildRunTest, MakesEqualSourcesOnce) {
  add_image("a.png", "ok same");
  add_image("b.png", "ok same");
  const BuildReport report = build();
  EXPECT_EQ(report.outcome.summary.encoded, 1u);
  EXPECT_EQ(report.outcome.summary.deduplicated, 1u);
  EXPECT_EQ(out("a.webp"), out("b.webp"));
}

TEST_F(BuildRunTest, ServesAnotherTreeOfTheSameImages) {
  add_image("a.png", "ok a");
  build();
  std::filesystem::rename(scratch.path("src"), scratch.path("moved"));
  scratch.remove("out");
  scratch.remove("state");
  const BuildReport report = build({}, {scratch.path("moved")});
  EXPECT_EQ(report.outcome.summary.restored, 1u);
}

TEST_F(BuildRunTest, ACodecsUpdateMakesOnlyItsFormatsAgain) {
  settings = {"--format", "webp", "--format", "jpeg"};
  add_image("a.png", "ok a");
  build();
  scratch.write("worker.salt", "webp");
  const BuildReport report = build();
  EXPECT_EQ(report.outcome.summary.encoded, 1u);
  EXPECT_EQ(report.outcome.summary.up_to_date, 1u);
  EXPECT_EQ(times_asked(), 2u);
}

TEST_F(BuildRunTest, KeepsTheSourcesBytesWhereTheyAreBest) {
  settings = {"--format", "keep"};
  add_image("a.png", "original");
  EXPECT_EQ(build().outcome.summary.kept_original, 1u);
  EXPECT_EQ(out("a.png"), scratch.read("src/a.png"));
  scratch.remove("out/a.png");
  const BuildReport report = build();
  EXPECT_EQ(report.outcome.summary.restored, 1u);
  EXPECT_EQ(report.outcome.summary.kept_original, 1u);
  EXPECT_EQ(out("a.png"), scratch.read("src/a.png"));
}

TEST_F(BuildRunTest, SaysWhatIsLargerThanItsSource) {
  add_image("a.png", "ok");
  const BuildReport report = build();
  EXPECT_EQ(report.outcome.summary.larger_than_source, 1u);
  EXPECT_EQ(build().outcome.summary.larger_than_source, 1u);
}

TEST_F(BuildRunTest, EncodesAgainWithoutACacheOnlyWhatChanged) {
  add_image("a.png", "ok a");
  add_image("b.png", "ok b");
  build({"--no-cache"});
  EXPECT_FALSE(scratch.exists("cache"));
  EXPECT_EQ(build({"--no-cache"}).outcome.summary.up_to_date, 2u);
  add_image("a.png", "ok other");
  const BuildReport report = build({"--no-cache"});
  EXPECT_EQ(report.outcome.summary.encoded, 1u);
  EXPECT_EQ(report.outcome.summary.up_to_date, 1u);
}

TEST_F(BuildRunTest, RecacheEncodesEverythingAgain) {
  add_image("a.png", "ok a");
  build();
  EXPECT_EQ(build({"--recache"}).outcome.summary.encoded, 1u);
  EXPECT_EQ(build().outcome.summary.up_to_date, 1u);
}

TEST_F(BuildRunTest, ReadOnlyCacheServesAndStaysAsItIs) {
  add_image("a.png", "ok a");
  build();
  const auto before = scratch.files("cache");
  scratch.remove("out");
  add_image("b.png", "ok b");
  const BuildReport report = build({"--read-only-cache"});
  EXPECT_EQ(report.outcome.summary.restored, 1u);
  EXPECT_EQ(report.outcome.summary.encoded, 1u);
  EXPECT_EQ(scratch.files("cache"), before);
}

TEST_F(BuildRunTest, DryRunTellsAndWritesNothing) {
  add_image("a.png", "ok a");
  const BuildReport report = build({"--dry-run"});
  EXPECT_EQ(report.outcome.summary.would_encode, 1u);
  EXPECT_EQ(report.outcome.summary.workers, 0u);
  EXPECT_FALSE(scratch.exists("out"));
  EXPECT_FALSE(scratch.exists("state"));
  EXPECT_FALSE(scratch.exists("cache"));
}

TEST_F(BuildRunTest, DryRunTellsWhatItWouldRemoveAndRemovesNothing) {
  add_image("a.png", "ok a");
  build();
  remove_source("a.png");
  EXPECT_EQ(build({"--dry-run"}).outcome.summary.removed, 1u);
  EXPECT_TRUE(has_output("a.webp"));
  EXPECT_EQ(build().outcome.summary.removed, 1u);
}

TEST_F(BuildRunTest, RefusesCollidingOutputsBeforeAnythingIsWritten) {
  add_image("a.png", "ok a");
  scratch.write("src/a.gif", "GIF89aok gif");
  const auto report = try_build();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::invalid_config);
  EXPECT_THAT(report.error().message, HasSubstr("a.gif"));
  EXPECT_THAT(report.error().message, HasSubstr("a.png"));
  EXPECT_FALSE(scratch.exists("out"));
}

TEST_F(BuildRunTest, NoticesACollisionWithASourceThatIsUpToDate) {
  add_image("a.png", "ok a");
  build();
  scratch.write("src/a.gif", "GIF89aok gif");
  EXPECT_FALSE(try_build());
}

TEST_F(BuildRunTest, RefusesAFormatThatTheWorkerCannotWrite) {
  settings = {"--format", "jxl"};
  add_image("a.png", "ok a");
  const auto report = try_build();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::invalid_config);
}

struct Unsupported {
  std::string name;
  std::string policy;  // or none
  std::string file;
  std::string content;
  ImageStatus status;
  bool is_copied;
};

class UnsupportedTest : public BuildTest, public testing::WithParamInterface<Unsupported> {};

TEST_P(UnsupportedTest, DoesWhatThePolicySays) {
  scratch.write("src/" + GetParam().file, GetParam().content);
  if (!GetParam().policy.empty())
    settings.insert(settings.end(), {"--unsupported", GetParam().policy});
  for (int i = 0; i < 2; ++i) {
    const RunSummary sum = build().outcome.summary;
    EXPECT_EQ(sum.skipped, GetParam().status == ImageStatus::skipped ? 1u : 0u);
    EXPECT_EQ(sum.failed_images, GetParam().status == ImageStatus::failed ? 1u : 0u);
    EXPECT_EQ(sum.kept_original, GetParam().is_copied ? 1u : 0u);
    EXPECT_EQ(sum.workers, 0u);
    EXPECT_EQ(has_output(GetParam().file), GetParam().is_copied);
  }
  if (GetParam().is_copied) {
    EXPECT_EQ(out(GetParam().file), GetParam().content);
  }
}

constexpr const char* k_lfs_pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";

INSTANTIATE_TEST_SUITE_P(
    Policies, UnsupportedTest,
    testing::Values(Unsupported{"TextByDefault", "", "a.txt", "text", ImageStatus::skipped, false},
                    Unsupported{"TextAsError", "error", "a.txt", "text", ImageStatus::failed, false},
                    Unsupported{"TextCopied", "copy", "a.txt", "text", ImageStatus::ok, true},
                    Unsupported{"SvgByDefault", "", "a.svg", "<svg/>", ImageStatus::skipped, false},
                    Unsupported{"SvgCopied", "copy", "a.svg", "<svg/>", ImageStatus::ok, true},
                    Unsupported{"TextNamedPng", "", "a.png", "text", ImageStatus::failed, false},
                    Unsupported{"TextNamedPngSkipped", "skip", "a.png", "text", ImageStatus::skipped, false},
                    Unsupported{"EmptyPng", "", "a.png", "", ImageStatus::failed, false},
                    Unsupported{"EmptyText", "", "a.txt", "", ImageStatus::skipped, false},
                    Unsupported{"LfsPointer", "", "a.png", k_lfs_pointer, ImageStatus::failed, false},
                    Unsupported{"LfsPointerWhateverThePolicy", "copy", "a.png", k_lfs_pointer,
                                ImageStatus::failed, false}),
    [](const auto& test) { return test.param.name; });

TEST_F(BuildRunTest, AFileGivenByItselfMustBeAnImage) {
  scratch.write("src/a.txt", "text");
  const BuildReport report = build({}, {scratch.path("src/a.txt")});
  EXPECT_EQ(report.outcome.summary.failed_images, 1u);
  EXPECT_THAT(error_of(report, "a.txt"), HasSubstr("no image"));
}

TEST_F(BuildRunTest, SaysWhatAnLfsPointerNeeds) {
  scratch.write("src/a.png", k_lfs_pointer);
  EXPECT_THAT(error_of(build(), "a.png"), HasSubstr("git lfs pull"));
}

TEST_F(BuildRunTest, ReplacesTheCopyOfAFileThatBecameAnImage) {
  settings.insert(settings.end(), {"--unsupported", "copy"});
  scratch.write("src/a.dat", "text");
  build();
  add_image("a.dat", "ok a");
  const BuildReport report = build();
  EXPECT_EQ(report.outcome.summary.encoded, 1u);
  EXPECT_EQ(report.outcome.summary.removed, 1u);
  EXPECT_THAT(scratch.files("out"), ElementsAre("a.webp"));
}

TEST_F(BuildRunTest, WarnsOfAnExtensionThatSaysSomethingElse) {
  add_image("a.gif", "ok a");
  const BuildReport report = build();
  ASSERT_EQ(report.outcome.warnings.size(), 1u);
  EXPECT_THAT(report.outcome.warnings[0], HasSubstr("a.gif"));
  EXPECT_EQ(report.outcome.summary.encoded, 1u);
}

}  // namespace
}  // namespace imgopt
