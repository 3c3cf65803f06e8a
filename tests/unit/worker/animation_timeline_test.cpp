#include "worker/animation_timeline.hpp"

#include <gtest/gtest.h>

namespace imgopt::test {
namespace {

using Delays = std::vector<std::uint32_t>;

TEST(AnimationTimelineTest, EqualTimelinesMatchFrameByFrame) {
  EXPECT_EQ(frames_shown(Delays{50, 100, 20}, Delays{50, 100, 20}), (Delays{0, 1, 2}));
}

TEST(AnimationTimelineTest, JoinedFramesStandForEachOfTheirs) {
  EXPECT_EQ(frames_shown(Delays{50, 60, 70, 80}, Delays{180, 80}), (Delays{0, 0, 0, 1}));
}

TEST(AnimationTimelineTest, TheLastFrameStandsForWhatComesAfterIt) {
  EXPECT_EQ(frames_shown(Delays{100, 100, 100}, Delays{100, 50}), (Delays{0, 1, 1}));
}

TEST(AnimationTimelineTest, SumsDurations) {
  EXPECT_EQ(total_duration(Delays{1, 2, 3}), 6u);
}

}  // namespace
}  // namespace imgopt::test
