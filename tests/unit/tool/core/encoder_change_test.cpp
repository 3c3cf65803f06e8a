// What an update of an encoder touches, what it says, and what --on-encoder-change leaves.
#include <gmock/gmock.h>

#include "tests/unit/tool/core/build_fixture.hpp"
#include "tool/plan/reason.hpp"

namespace imgopt {
namespace {

using testing::IsEmpty;

class EncoderChangeTest : public BuildTest {
protected:
  // Another build of the fake worker's encoder of `format`.
  void update_encoder(const std::string& format) { scratch.write("worker.salt", format + " " + m_salt++); }

  static std::uint64_t counted(const BuildReport& report, std::string_view cause) {
    std::uint64_t outputs = 0;
    for (const CauseCount& count : report.outcome.causes)
      if (count.cause == cause)
        outputs += count.outputs;
    return outputs;
  }

  const std::vector<std::string> keep = {"--on-encoder-change", "keep-until-source-changes"};

private:
  char m_salt = 'a';
};

TEST_F(EncoderChangeTest, DryRunNamesWhatAnUpdateWouldTouch) {
  settings = {"--format", "webp", "--format", "avif"};
  add_image("a.png", "ok a");
  add_image("b.png", "ok b");
  build();
  update_encoder("webp");
  const BuildReport report = build({"--dry-run"});
  EXPECT_EQ(report.outcome.summary.would_encode, 2u);
  EXPECT_EQ(report.outcome.summary.up_to_date, 2u);
  ASSERT_EQ(report.outcome.causes.size(), 1u);
  EXPECT_EQ(report.outcome.causes[0].cause, "encoder");
  EXPECT_EQ(report.outcome.causes[0].format, ImageFormat::webp);
  EXPECT_EQ(report.outcome.causes[0].outputs, 2u);
  EXPECT_NE(report.outcome.causes[0].before, report.outcome.causes[0].now);
}

TEST_F(EncoderChangeTest, KeepLeavesWhatOnlyTheEncoderWouldChange) {
  add_image("a.png", "ok a");
  build(keep);
  const FileStat before = scratch.stat("out/a.webp");
  update_encoder("webp");
  const BuildReport report = build(keep);
  EXPECT_EQ(report.outcome.summary.up_to_date, 1u);
  EXPECT_EQ(report.outcome.summary.workers, 0u);
  EXPECT_EQ(counted(report, "older-encoder-kept"), 1u);
  EXPECT_EQ(scratch.stat("out/a.webp"), before);
  // Looked through once: a later run is one in which nothing changed. Not always the next: a source as young
  // as the kernel's clock tick is looked at again.
  BuildReport later = build(keep);
  for (int run = 0; run < 100 && !later.outcome.causes.empty(); ++run)
    later = build(keep);
  EXPECT_THAT(later.outcome.causes, IsEmpty());
}

TEST_F(EncoderChangeTest, KeepEndsWhereTheSourceOrASettingChanges) {
  add_image("a.png", "ok a");
  add_image("b.png", "ok b");
  build(keep);
  update_encoder("webp");
  build(keep);
  add_image("a.png", "ok other");
  const BuildReport edited = build(keep);
  EXPECT_EQ(edited.outcome.summary.encoded, 1u);
  EXPECT_EQ(edited.outcome.summary.up_to_date, 1u);
  settings.insert(settings.end(), {"--quality", "50"});
  EXPECT_EQ(build(keep).outcome.summary.encoded, 2u);
}

TEST_F(EncoderChangeTest, AKeptOutputIsStillKeptAfterTheNextUpdate) {
  add_image("a.png", "ok a");
  build(keep);
  for (int i = 0; i < 3; ++i) {
    update_encoder("webp");
    EXPECT_EQ(build(keep).outcome.summary.up_to_date, 1u) << i;
  }
}

TEST_F(EncoderChangeTest, ReencodeAfterKeepMakesWhatWasKept) {
  add_image("a.png", "ok a");
  build(keep);
  update_encoder("webp");
  build(keep);
  const BuildReport report = build();
  EXPECT_EQ(report.outcome.summary.encoded, 1u);
  EXPECT_EQ(counted(report, "encoder"), 1u);
}

TEST_F(EncoderChangeTest, ADeletedOutputComesBackAsItWasWhereTheCacheHasIt) {
  add_image("a.png", "ok a");
  build(keep);
  update_encoder("webp");
  scratch.remove("out/a.webp");
  const BuildReport report = build(keep);
  EXPECT_EQ(report.outcome.summary.restored, 1u);
  EXPECT_EQ(report.outcome.summary.workers, 0u);
}

TEST_F(EncoderChangeTest, ADeletedOutputIsMadeAnewWhereTheCacheHasItNot) {
  add_image("a.png", "ok a");
  build({"--no-cache", keep[0], keep[1]});
  update_encoder("webp");
  scratch.remove("out/a.webp");
  const BuildReport report = build({"--no-cache", keep[0], keep[1]});
  EXPECT_EQ(report.outcome.summary.encoded, 1u);
  EXPECT_EQ(counted(report, "encoder"), 1u);
}

// What a run says it did, by counts that add up.
TEST_F(EncoderChangeTest, CausesTellOneAnotherApart) {
  add_image("a.png", "ok a");
  add_image("b.png", "ok b");
  EXPECT_EQ(counted(build(), "new"), 2u);
  add_image("a.png", "ok other");
  scratch.remove("out/b.webp");
  add_image("c.png", "ok c");
  const BuildReport report = build();
  EXPECT_EQ(counted(report, "source"), 1u);
  EXPECT_EQ(counted(report, "missing"), 1u);
  EXPECT_EQ(counted(report, "new"), 1u);
  scratch.write("out/b.webp", "somebody's");
  EXPECT_EQ(counted(build(), "altered"), 1u);
  settings.insert(settings.end(), {"--quality", "50"});
  EXPECT_EQ(counted(build(), "settings"), 3u);
}

}  // namespace
}  // namespace imgopt
