#include "tool/settings/check_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace imgopt {
namespace {

using testing::HasSubstr;

JsonValue json(const std::string& text) {
  return parse_config_json(text, "c.json").value();
}

TEST(CheckConfig, ReadsBudgets) {
  const auto budgets =
      read_budgets(
          json(R"([{"match": ["ui/**", "*.gif"], "max-file": "100k"}, {"match": "*", "max-total": 5}])"),
          "c.json")
          .value();
  ASSERT_EQ(budgets.size(), 2u);
  EXPECT_EQ(budgets[0].max_file, 100'000u);
  EXPECT_EQ(budgets[0].max_total, std::nullopt);
  EXPECT_TRUE(matches_any(budgets[0].match, "ui/a.png"));
  EXPECT_TRUE(matches_any(budgets[0].match, "b.gif"));
  EXPECT_EQ(budgets[1].max_total, 5u);
  EXPECT_EQ(budgets[1].place, "c.json:1");
}

TEST(CheckConfig, ReadsTheIgnoreList) {
  const auto entries =
      read_ignore_list(json(R"([{"match": "a", "reason": "why", "findings": ["over-budget", "stale"]}])"),
                       "c.json")
          .value();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].findings, (std::vector{FindingKind::over_budget, FindingKind::stale}));
  EXPECT_EQ(entries[0].reason, "why");
}

struct Wrong {
  std::string text;
  std::string says;
};
class WrongBudgets : public testing::TestWithParam<Wrong> {};
TEST_P(WrongBudgets, AreNamedWithTheirPlace) {
  const auto read = read_budgets(json(GetParam().text), "c.json");
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr(GetParam().says));
}
INSTANTIATE_TEST_SUITE_P(
    All, WrongBudgets,
    testing::Values(Wrong{"{}", "c.json:1: budgets: expected a list"},
                    Wrong{"[\n3]", "c.json:2: budgets[0]: expected an object"},
                    Wrong{R"([{"max-file": 1}])", "budgets[0]: it needs \"match\""},
                    Wrong{R"([{"match": "a"}])", "it needs \"max-file\" or \"max-total\""},
                    Wrong{R"([{"match": "a", "max-fil": 1}])", "did you mean max-file?"},
                    Wrong{R"([{"match": [], "max-file": 1}])", "at least one pattern"},
                    Wrong{R"([{"match": "a", "max-file": "lots"}])", "budgets[0].max-file: expected"}));

class WrongIgnoreList : public testing::TestWithParam<Wrong> {};
TEST_P(WrongIgnoreList, IsNamedWithItsPlace) {
  const auto read = read_ignore_list(json(GetParam().text), "c.json");
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr(GetParam().says));
}
INSTANTIATE_TEST_SUITE_P(
    All, WrongIgnoreList,
    testing::Values(Wrong{R"([{"match": "a"}])", "check-ignore[0].reason: say in a few words"},
                    Wrong{R"([{"match": "a", "reason": "  "}])", "check-ignore[0].reason"},
                    Wrong{R"([{"match": "a", "reason": "x", "findings": "stael"}])", "did you mean stale?"}));

}  // namespace
}  // namespace imgopt
