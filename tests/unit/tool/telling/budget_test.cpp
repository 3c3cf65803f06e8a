#include "tool/account/budget.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "outcome_fixture.hpp"

namespace imgopt {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Budget, IsExceededByTheFirstByteBeyondIt) {
  RunSummary summary;
  summary.bytes_out = 1000;
  EXPECT_EQ(bytes_over_budget(summary, 1000), 0u);
  EXPECT_EQ(bytes_over_budget(summary, 999), 1u);
  EXPECT_EQ(bytes_over_budget(summary, 0), 1000u);
}

TEST(Budget, MessageListsTheHeaviestFirst) {
  RunOutcome run = quiet_run(7, 1);
  for (std::size_t i = 0; i < run.images.size(); ++i) {
    run.images[i].outputs[0].path = "p" + std::to_string(i);
    run.images[i].outputs[0].bytes = 10 * (i + 1);
  }
  run.summary.bytes_out = 280;
  const std::string text = budget_message(run, 200);
  EXPECT_THAT(text, HasSubstr("280 bytes, 80 more than the budget of 200"));
  EXPECT_THAT(text, HasSubstr("p6 (70 bytes), p5 (60 bytes), p4"));
  EXPECT_THAT(text, Not(HasSubstr("p1")));
}

}  // namespace
}  // namespace imgopt
