// How far AVIF's effort goes.
#include <gtest/gtest.h>

#include "worker_fixture.hpp"

namespace imgopt::test {
namespace {

class AvifTest : public WorkerTest {};

OutputSettings avif_of_effort(int effort) {
  OutputSettings settings = settings_for(ImageFormat::avif);
  settings.effort = static_cast<std::uint8_t>(effort);
  return settings;
}

// aom's slowest speed makes files of some photographs larger at equal score.
TEST_F(AvifTest, LastEffortDrivesTheEncoderAsTheOneBeforeDoes) {
  const Bytes source = save(photograph(64, 48), ImageFormat::png);
  const Outcome seventh = optimize_one(source, avif_of_effort(7));
  const Outcome eighth = optimize_one(source, avif_of_effort(8));
  const Outcome ninth = optimize_one(source, avif_of_effort(9));
  for (const Outcome& outcome : {seventh, eighth, ninth})
    ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_NE(seventh.data, eighth.data);
  EXPECT_EQ(eighth.data, ninth.data);
}

}  // namespace
}  // namespace imgopt::test
