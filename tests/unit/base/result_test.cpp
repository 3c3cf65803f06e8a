#include "base/result.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace imgopt {
namespace {

Result<std::unique_ptr<int>> box(int value) {
  if (value < 0)
    return fail(ErrorCode::invalid_argument, "negative");
  return std::make_unique<int>(value);
}

Result<int> doubled(int value) {
  IMGOPT_ASSIGN(const std::unique_ptr<int> boxed, box(value));
  return *boxed * 2;
}

Result<void> check(int value, int& after) {
  IMGOPT_TRY(doubled(value));
  ++after;
  return {};
}

TEST(Result, AssignTakesTheValueOrReturnsTheError) {
  EXPECT_EQ(doubled(21).value(), 42);
  const auto failed = doubled(-1);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(failed.error().message, "negative");
}

TEST(Result, TryReturnsBeforeWhatFollows) {
  int after = 0;
  EXPECT_TRUE(check(1, after));
  EXPECT_FALSE(check(-1, after));
  EXPECT_EQ(after, 1);
}

TEST(Result, ContextStandsBeforeTheMessageAndTheCodeStays) {
  const Result<int> failed = fail("a.png", Error{ErrorCode::corrupt, "bad header"});
  EXPECT_EQ(failed.error().message, "a.png: bad header");
  EXPECT_EQ(failed.error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace imgopt
