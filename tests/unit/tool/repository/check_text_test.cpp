#include "tool/repository/check_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace imgopt {
namespace {

using testing::HasSubstr;
using testing::Not;

CheckReport some_report() {
  CheckReport report;
  report.findings = {{FindingKind::unoptimized, "a.png", "/t/dir/a, 100%:\xff.png", "one\ntwo", {}}};
  report.ignored = {{FindingKind::over_budget, "b.png", "/t/b.png", "large", "agreed"}};
  report.fixes = {"imgopt optimize 'a b'"};
  report.images = 2;
  return report;
}

TEST(CheckJson, HoldsFindingsAndReasonsBelowTheRoot) {
  const nlohmann::json report = nlohmann::json::parse(check_json(some_report(), "/t"));
  EXPECT_EQ(report["summary"]["findings"], 1);
  EXPECT_EQ(report["findings"][0]["kind"], "unoptimized");
  EXPECT_THAT(report["findings"][0]["path"].get<std::string>(), HasSubstr("dir/a, 100%:"));
  EXPECT_EQ(report["ignored"][0]["path"], "b.png");
  EXPECT_EQ(report["ignored"][0]["reason"], "agreed");
  EXPECT_EQ(report["fix"][0], "imgopt optimize 'a b'");
}

TEST(CheckSarif, EncodesPathsAndSuppressesWhatIsPassedOver) {
  const nlohmann::json sarif = nlohmann::json::parse(check_sarif(some_report(), "/t"));
  const nlohmann::json& results = sarif["runs"][0]["results"];
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "dir/a%2C%20100%25%3A%FF.png");
  EXPECT_FALSE(results[0].contains("suppressions"));
  EXPECT_EQ(results[1]["suppressions"][0]["justification"], "agreed");
}

TEST(CheckAnnotations, EscapeWhatWouldEndThem) {
  const std::string text = check_annotations(some_report(), "/t");
  EXPECT_THAT(text, HasSubstr("::error file=dir/a%2C 100%25%3A\xff.png,title=ImgOpt unoptimized::"));
  EXPECT_THAT(text, HasSubstr("one%0Atwo\n"));
  EXPECT_THAT(text, Not(HasSubstr("b.png")));
}

TEST(CheckText, SumsUpFindingsThatDifferInTheirPathAlone) {
  CheckReport report = some_report();
  for (int i = 0; i < 5000; ++i)
    report.findings.push_back(
        {FindingKind::stale, "x", "/t/" + std::to_string(i) + ".webp", "it is gone", {}});
  const auto lines = [&](Verbosity verbosity) {
    const std::string text = check_text(report, verbosity);
    return std::count(text.begin(), text.end(), '\n');
  };
  EXPECT_LT(lines(Verbosity::normal), 40);
  EXPECT_GT(lines(Verbosity::verbose), 5000);
  EXPECT_THAT(check_text(report, Verbosity::normal), HasSubstr("4980 more, stale: it is gone"));
}

TEST(CheckText, SaysFindingsCountAndFix) {
  const std::string text = check_text(some_report(), Verbosity::normal);
  EXPECT_THAT(text, HasSubstr("2 images: 1 finding, 1 passed over"));
  EXPECT_THAT(text, HasSubstr("To fix: imgopt optimize 'a b'\n"));
  EXPECT_THAT(text, Not(HasSubstr("one\ntwo")));
  EXPECT_EQ(check_text(some_report(), Verbosity::quiet), "");
}

}  // namespace
}  // namespace imgopt
