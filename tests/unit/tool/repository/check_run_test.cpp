#include "tool/repository/check_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace imgopt {
namespace {

using testing::HasSubstr;

Budget budget(const std::string& pattern, std::optional<std::uint64_t> file,
              std::optional<std::uint64_t> total) {
  Budget made;
  made.match.push_back(Glob::parse(pattern).value());
  made.max_file = file;
  made.max_total = total;
  made.place = "imgopt.json:3";
  return made;
}

const std::vector<SizedFile> k_files = {
    {"ui/a.png", "/t/ui/a.png", 100}, {"ui/b.png", "/t/ui/b.png", 300}, {"c.png", "/t/c.png", 900}};

TEST(OverBudget, NamesEachFileThatIsTooLarge) {
  const auto findings = over_budget({budget("ui/**", 200, {})}, k_files);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].path, "/t/ui/b.png");
  EXPECT_THAT(findings[0].message, HasSubstr("imgopt.json:3"));
}

TEST(OverBudget, TheLimitItselfIsWithin) {
  EXPECT_TRUE(over_budget({budget("ui/**", 300, 400)}, k_files).empty());
}

TEST(OverBudget, NamesTheHeaviestOfATotal) {
  const auto findings = over_budget({budget("ui/**", {}, 399)}, k_files);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].name, "ui/b.png");
  EXPECT_THAT(findings[0].message, HasSubstr("2 files match 'ui/**'"));
  EXPECT_THAT(findings[0].message, HasSubstr("ui/b.png 300 B, ui/a.png 100 B"));
}

class IgnoreListTest : public testing::Test {
protected:
  static IgnoreEntry entry(const std::string& pattern, std::vector<FindingKind> kinds = {}) {
    IgnoreEntry made;
    made.match.push_back(Glob::parse(pattern).value());
    made.findings = std::move(kinds);
    made.reason = "because of " + pattern;
    made.place = "imgopt.json:9";
    return made;
  }
  IgnoreListTest() {
    report.findings = {{FindingKind::unoptimized, "b.png", "/t/b.png", "m", {}},
                       {FindingKind::over_budget, "a.png", "/t/a.png", "m", {}},
                       {FindingKind::unoptimized, "a.png", "/t/a.png", "m", {}}};
  }
  CheckReport report;
};

TEST_F(IgnoreListTest, PassesOverWhatItCoversWithTheReason) {
  apply_ignore_list(report, {entry("a.png", {FindingKind::unoptimized})}, UnusedEntries::named);
  ASSERT_EQ(report.findings.size(), 2u);
  EXPECT_EQ(report.findings[0].kind, FindingKind::over_budget);
  EXPECT_EQ(report.findings[1].path, "/t/b.png");
  ASSERT_EQ(report.ignored.size(), 1u);
  EXPECT_EQ(report.ignored[0].reason, "because of a.png");
  EXPECT_TRUE(report.warnings.empty());
}

TEST_F(IgnoreListTest, NamesEntriesThatMatchNothingUnlessOnlyFilesWereLookedAt) {
  CheckReport other = report;
  apply_ignore_list(report, {entry("z.png")}, UnusedEntries::named);
  ASSERT_EQ(report.warnings.size(), 1u);
  EXPECT_THAT(report.warnings[0], HasSubstr("imgopt.json:9"));
  apply_ignore_list(other, {entry("z.png")}, UnusedEntries::passed_over);
  EXPECT_TRUE(other.warnings.empty());
}

}  // namespace
}  // namespace imgopt
