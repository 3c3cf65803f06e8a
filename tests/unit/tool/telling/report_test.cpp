#include "tool/account/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "base/file.hpp"
#include "outcome_fixture.hpp"
#include "protocol/record_results.hpp"
#include "tool/text/version.hpp"

namespace imgopt {
namespace {

using nlohmann::json;
using testing::ElementsAre;

TEST(Report, HasEveryFieldOfTheContract) {
  const json report = json::parse(report_json(small_run()));
  EXPECT_EQ(report.at("schema"), 1);
  EXPECT_EQ(report.at("tool_version"), tool_version());
  for (const char* field :
       {"images",         "outputs",      "encoded",       "restored",           "up_to_date",
        "deduplicated",   "failed",       "kept_original", "larger_than_source", "removed",
        "skipped",        "would_encode", "bytes_in",      "bytes_out",          "worker_crashes",
        "workers",        "wall_ms",      "tool_cpu_ms",   "worker_cpu_ms",      "workers_serving_ms",
        "workers_idle_ms"})
    EXPECT_TRUE(report.at("summary").contains(field)) << field;
  EXPECT_EQ(report["summary"]["bytes_out"], 1600);
  EXPECT_DOUBLE_EQ(report["summary"]["wall_ms"].get<double>(), 1234.568);
  EXPECT_EQ(report["warnings"], json::array({"two builds share a state"}));
  ASSERT_EQ(report["images"].size(), 3U);
}

TEST(Report, TellsOfAnEncodedOutput) {
  const json image = json::parse(report_json(small_run()))["images"][0];
  EXPECT_EQ(image["source"], "photos/b.jpg");
  EXPECT_EQ(image["status"], "ok");
  EXPECT_TRUE(image["error"].is_null());
  EXPECT_FALSE(image.contains("reproduce"));
  const json& output = image["outputs"][0];
  EXPECT_EQ(output["path"], "photos/b-64w.webp");
  EXPECT_EQ(output["format"], "webp");
  EXPECT_EQ(output["width"], 64);
  EXPECT_EQ(output["height"], 48);
  EXPECT_EQ(output["bytes"], 400);
  EXPECT_EQ(output["saved_bytes"], 600);
  EXPECT_EQ(output["status"], "encoded");
  EXPECT_EQ(output["kept_original"], false);
  EXPECT_EQ(output["score"], 81.25);
  EXPECT_EQ(output["notes"], json::array({"depth-reduced", "profile-converted"}));
}

TEST(Report, SavedBytesAreNegativeForALargerOutput) {
  const json output = json::parse(report_json(small_run()))["images"][0]["outputs"][1];
  EXPECT_EQ(output["saved_bytes"], -200);
  EXPECT_EQ(output["larger_than_source"], true);
  EXPECT_FALSE(output.contains("score"));
}

TEST(Report, TellsWhyAnImageFailedAndHowToSeeItAgain) {
  const json image = json::parse(report_json(small_run()))["images"][1];
  EXPECT_EQ(image["status"], "failed");
  EXPECT_EQ(image["error"], "cannot decode: it ends too early");
  EXPECT_EQ(image["reproduce"], "imgopt build a.png");
  EXPECT_EQ(image["outputs"][0]["status"], "failed");
  EXPECT_EQ(image["outputs"][0]["saved_bytes"], 0);
}

TEST(Report, FormatOfACopiedFileIsNull) {
  RunOutcome run = small_run();
  run.images[0].outputs[0].format.reset();
  EXPECT_TRUE(json::parse(report_json(run))["images"][0]["outputs"][0]["format"].is_null());
}

TEST(Report, IsJsonWhateverBytesNamesAndNumbersHold) {
  RunOutcome run = small_run();
  std::string every_byte;
  for (int byte = 1; byte < 256; ++byte)
    every_byte.push_back(static_cast<char>(byte));
  run.images[0].source = every_byte;
  run.images[0].outputs[0].score = std::numeric_limits<double>::quiet_NaN();
  run.images[0].bytes = UINT64_MAX;
  run.summary.wall_ms = std::numeric_limits<double>::infinity();
  const json report = json::parse(report_json(run));
  EXPECT_FALSE(report["images"][0]["outputs"][0].contains("score"));
  EXPECT_GT(report["images"][0]["outputs"][0]["saved_bytes"].get<std::int64_t>(), 0);
}

TEST(Report, RunWithoutImagesIsWhole) {
  EXPECT_EQ(json::parse(report_json(RunOutcome{})).at("images"), json::array());
}

TEST(Report, EveryNoteHasAName) {
  std::uint32_t every = 0;
  for (unsigned bit = 0; bit <= 13; ++bit)
    every |= 1u << bit;
  EXPECT_EQ(note_names(every).size(), 14U);
  EXPECT_THAT(note_names(bit(OutputNote::orientation_kept)), ElementsAre("orientation-kept"));
  EXPECT_TRUE(note_names(0).empty());
}

TEST(Report, FileHoldsTheSameTextAsTheString) {
  std::string folder = testing::TempDir() + "imgopt-report-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::string path = folder + "/report.json";
  // Long enough for several pieces.
  const RunOutcome run = quiet_run(5000, 3);
  ASSERT_TRUE(write_report(path, run));
  EXPECT_EQ(read_text_file(path).value(), report_json(run));
  ASSERT_TRUE(remove_file(path));
  ::rmdir(folder.c_str());
}

TEST(Report, FolderThatIsMissingIsAnError) {
  EXPECT_FALSE(write_report(testing::TempDir() + "imgopt-no-such-folder/report.json", RunOutcome{}));
}

}  // namespace
}  // namespace imgopt
