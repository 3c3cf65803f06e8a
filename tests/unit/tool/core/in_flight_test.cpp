#include "tool/cache/in_flight.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/unit/base/scratch_folder.hpp"

namespace imgopt {
namespace {

class InFlightTest : public testing::Test {
protected:
  InFlight open() const { return InFlight::open(scratch.path("in-flight")).value(); }
  static Digest128 key_of(std::uint8_t number) {
    Digest128 key;
    key.bytes[3] = number;
    return key;
  }
  static ClaimOutcome claim(InFlight& in_flight, std::vector<Digest128> keys) {
    return in_flight.claim(keys);
  }
  ScratchFolder scratch;
};

TEST_F(InFlightTest, AClaimHoldsUntilItIsReleased) {
  InFlight one = open();
  InFlight other = open();
  EXPECT_EQ(claim(one, {key_of(1)}), ClaimOutcome::granted);
  EXPECT_TRUE(one.holds(key_of(1)));
  EXPECT_EQ(claim(other, {key_of(1)}), ClaimOutcome::held_by_another);
  EXPECT_TRUE(other.is_held_by_another(key_of(1)));
  EXPECT_EQ(claim(other, {key_of(2)}), ClaimOutcome::granted);
  one.release(key_of(1));
  EXPECT_FALSE(other.is_held_by_another(key_of(1)));
  EXPECT_EQ(claim(other, {key_of(1)}), ClaimOutcome::granted);
}

TEST_F(InFlightTest, ClaimsAllOrNone) {
  InFlight one = open();
  InFlight other = open();
  ASSERT_EQ(claim(one, {key_of(2)}), ClaimOutcome::granted);
  EXPECT_EQ(claim(other, {key_of(3), key_of(2), key_of(1)}), ClaimOutcome::held_by_another);
  EXPECT_FALSE(other.holds(key_of(1)));
  EXPECT_FALSE(one.is_held_by_another(key_of(1)));
  EXPECT_FALSE(one.is_held_by_another(key_of(3)));
}

TEST_F(InFlightTest, ARefusalTakesNothingAwayThatWasHeld) {
  InFlight one = open();
  InFlight other = open();
  ASSERT_EQ(claim(one, {key_of(2)}), ClaimOutcome::granted);
  ASSERT_EQ(claim(other, {key_of(1)}), ClaimOutcome::granted);
  EXPECT_EQ(claim(other, {key_of(1), key_of(2)}), ClaimOutcome::held_by_another);
  EXPECT_TRUE(other.holds(key_of(1)));
  EXPECT_TRUE(one.is_held_by_another(key_of(1)));
}

TEST_F(InFlightTest, ADeadHoldersClaimsAreFree) {
  InFlight other = open();
  {
    InFlight one = open();
    ASSERT_EQ(claim(one, {key_of(1)}), ClaimOutcome::granted);
  }
  EXPECT_EQ(claim(other, {key_of(1)}), ClaimOutcome::granted);
}

}  // namespace
}  // namespace imgopt
