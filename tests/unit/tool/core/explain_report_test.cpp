#include "tool/commands/explain_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tool/account/report.hpp"

namespace imgopt {
namespace {

using testing::HasSubstr;

ImageOutcome image(const std::string& source, const std::vector<std::string>& outputs) {
  ImageOutcome image;
  image.source = source;
  for (const std::string& path : outputs) {
    OutputOutcome output;
    output.path = path;
    output.status = OutputStatus::encoded;
    output.reason.standing = FileFate::missing;
    output.reason.changes.push_back({"quality", "80", "60", "imgopt.json:2: quality", "--quality"});
    image.outputs.push_back(output);
  }
  return image;
}

std::string some_report() {
  RunOutcome outcome;
  outcome.images = {image("photos/a.jpg", {"photos/a.webp", "photos/a.avif"}), image("b.png", {"b.png"})};
  outcome.images[1].outputs[0].status = OutputStatus::up_to_date;
  return report_json(outcome);
}

std::vector<Explanation> told(const std::vector<std::string>& paths) {
  return explanations_in_report(some_report(), paths).value();
}

TEST(ExplainReport, GivesBackTheReasonsThatWereWritten) {
  const std::vector<Explanation> list = told({"photos/a.avif"});
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].source, "photos/a.jpg");
  EXPECT_EQ(list[0].verdict, "encoded");
  EXPECT_EQ(list[0].reason.standing, FileFate::missing);
  ASSERT_EQ(list[0].reason.changes.size(), 1u);
  const KeyChange& change = list[0].reason.changes[0];
  EXPECT_EQ(change.part, "quality");
  EXPECT_EQ(change.before, "80");
  EXPECT_EQ(change.now, "60");
  EXPECT_EQ(change.place_before, "imgopt.json:2: quality");
  EXPECT_EQ(change.place_now, "--quality");
}

TEST(ExplainReport, FindsSourcesOutputsAndFolders) {
  EXPECT_EQ(told({}).size(), 3u);
  EXPECT_EQ(told({"photos/a.jpg"}).size(), 2u);
  EXPECT_EQ(told({"photos"}).size(), 2u);
  EXPECT_EQ(told({"photos/"}).size(), 2u);
  EXPECT_EQ(told({"b.png"}).size(), 1u);
}

TEST(ExplainReport, KnowsPathsByTheirEnds) {
  EXPECT_EQ(told({"/somewhere/src/photos/a.jpg"}).size(), 2u);
  EXPECT_EQ(told({"./out/b.png"}).size(), 1u);
}

// Of a report that names places: two sources of one folder, called as the output folder calls them.
std::string placed_report() {
  RunOutcome outcome;
  outcome.folder = "/elsewhere/site";
  outcome.out = "/elsewhere/site/out";
  outcome.images = {image("photos/a.jpg", {"photos/a.webp"}), image("b.png", {"b.png"})};
  outcome.images[0].path = "src/photos/a.jpg";
  outcome.images[1].path = "../shared/b.png";
  return report_json(outcome);
}

TEST(ExplainReport, KnowsTheSourceFolderItself) {
  const auto count = [](const char* path) {
    const auto list = explanations_in_report(placed_report(), std::vector<std::string>{path});
    return list ? list->size() : 0;
  };
  EXPECT_EQ(count("/elsewhere/site/src"), 1u);
  EXPECT_EQ(count("/elsewhere/site/src/"), 1u);
  EXPECT_EQ(count("/elsewhere/shared"), 1u);
  EXPECT_EQ(count("/elsewhere/site/out"), 2u);
  EXPECT_EQ(count("/elsewhere"), 2u);
  EXPECT_EQ(count("/"), 2u);
  EXPECT_EQ(count("src"), 1u) << "as the run spelled it";
  EXPECT_EQ(count("."), 2u) << "nothing of it is here, so all of it is meant";
  EXPECT_EQ(count("sr"), 0u);
}

TEST(ExplainReport, RefusesWhatItDoesNotKnow) {
  for (const char* path : {"c.png", "ab.png", "photos/a", "otos/a.jpg"}) {
    const std::vector<std::string> paths = {path};
    const auto list = explanations_in_report(some_report(), paths);
    ASSERT_FALSE(list) << path;
    EXPECT_EQ(list.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(list.error().message, HasSubstr(path));
  }
}

TEST(ExplainReport, RefusesWhatIsNoReport) {
  for (const char* text :
       {"", "{", "[]", "{}", "{\"schema\": 2, \"images\": []}", "{\"schema\": 1, \"images\": [1]}",
        "{\"schema\": 1, \"images\": [{\"outputs\": [{\"why\": 1}]}]}"})
    EXPECT_FALSE(explanations_in_report(text, {})) << text;
}

}  // namespace
}  // namespace imgopt
