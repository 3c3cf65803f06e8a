#include "tool/account/report_difference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace imgopt {
namespace {

using testing::ElementsAre;

ReportedOutput output(std::string path, std::uint64_t bytes, std::string status = "encoded") {
  ReportedOutput made;
  made.path = std::move(path);
  made.format = "webp";
  made.status = std::move(status);
  made.bytes = bytes;
  return made;
}

Report report(std::vector<ReportedOutput> outputs) {
  Report made;
  for (ReportedOutput& one : outputs) {
    ReportedImage image;
    image.source = one.path;
    image.status = one.status == "failed" ? "failed" : "ok";
    image.bytes = 1000;
    image.outputs.push_back(std::move(one));
    made.images.push_back(std::move(image));
  }
  return made;
}

std::vector<std::string> names(const std::vector<ByteChange>& changes) {
  std::vector<std::string> list;
  for (const ByteChange& change : changes)
    list.push_back(change.name);
  return list;
}

TEST(ReportDifference, PutsTheLargestChangeFirst) {
  const auto difference =
      difference_between(report({output("a/x", 100), output("a/y", 100), output("b/z", 500)}),
                         report({output("a/x", 150), output("a/y", 300), output("b/z", 100)}));
  EXPECT_THAT(names(difference.grown), ElementsAre("a/y", "a/x"));
  EXPECT_THAT(names(difference.shrunk), ElementsAre("b/z"));
  EXPECT_THAT(names(difference.folders), ElementsAre("b", "a"));
  EXPECT_EQ(difference.all.difference(), -150);
}

TEST(ReportDifference, TakesAFailedOutputForOneThatIsNotThere) {
  const auto difference = difference_between(report({output("a", 100), output("b", 100)}),
                                             report({output("a", 0, "failed"), output("c", 9)}));
  EXPECT_THAT(difference.removed, ElementsAre("a", "b"));
  EXPECT_THAT(difference.added, ElementsAre("c"));
  EXPECT_TRUE(difference.grown.empty());
}

TEST(ReportDifference, OfEqualReportsIsNothing) {
  const Report same = report({output("a", 100), output("b/c", 100)});
  const auto difference = difference_between(same, same);
  EXPECT_TRUE(difference.folders.empty() && difference.grown.empty() && difference.shrunk.empty());
  EXPECT_TRUE(difference.added.empty() && difference.removed.empty());
}

TEST(ReportTotals, CountASourceOnceAFolderAndOnceAFormat) {
  Report one = report({output("a/x.webp", 100)});
  ReportedOutput other = output("a/x.avif", 60);
  other.format = "avif";
  one.images[0].source = "a/x.png";
  one.images[0].outputs.push_back(other);
  const ReportedTotals totals = totals_of(one);
  EXPECT_EQ(totals.all.images, 1u);
  EXPECT_EQ(totals.all.bytes_in, 1000u);
  EXPECT_EQ(totals.all.bytes_out, 160u);
  ASSERT_EQ(totals.formats.size(), 2u);
  EXPECT_EQ(totals.formats[0].name, "webp");
  EXPECT_EQ(totals.formats[1].bytes_in, 1000u);
  ASSERT_EQ(totals.folders.size(), 1u);
  EXPECT_EQ(totals.folders[0].outputs, 2u);
}

TEST(ReportTotals, CountFailedImagesAndLeaveOutSkippedOnes) {
  Report one = report({output("a/x.webp", 100), output("a/y.webp", 0, "failed"), output("b/z.webp", 50)});
  ReportedImage skipped;
  skipped.source = "b/notes.png";
  skipped.status = "skipped";
  skipped.bytes = 7;
  one.images.push_back(skipped);
  const ReportedTotals totals = totals_of(one);
  EXPECT_EQ(totals.all.images, 3u);
  EXPECT_EQ(totals.all.outputs, 3u);
  EXPECT_EQ(totals.all.bytes_in, 3000u);
  EXPECT_EQ(totals.standing, 2u);
  EXPECT_EQ(totals.failed, 1u);
  EXPECT_EQ(totals.failed_outputs, 1u);
  EXPECT_EQ(totals.skipped, 1u);
  ASSERT_EQ(totals.folders.size(), 2u);
  EXPECT_EQ(totals.folders[0].images, 1u) << "sizes before and after are of the same images";
  EXPECT_EQ(totals.folders[0].bytes_in, 1000u);
}

TEST(ReportFile, RefusesWhatIsNoReportByName) {
  for (const char* const text : {"", "[1]", "{}", R"({"schema": 1, "summary": {}, "images": []})"}) {
    const auto read = parse_report(text, "r.json");
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(read.error().message.starts_with("r.json: ")) << read.error().message;
  }
}

// Reports of before settings and paths were told are read, too.
TEST(ReportFile, ReadsAReportWithoutPathsAndSettings) {
  const auto read = parse_report(
      R"({"schema": 1, "tool_version": "0.1.0", "summary": {"wall_ms": 1.5}, "images": [
          {"source": "a.png", "status": "ok", "error": null, "bytes": 9, "outputs": []}]})",
      "r.json");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->images.at(0).source, "a.png");
  EXPECT_FALSE(read->images.at(0).settings);
}

}  // namespace
}  // namespace imgopt
