#include "worker/quality_search.hpp"

#include <gtest/gtest.h>

#include "worker_fixture.hpp"

namespace imgopt::test {
namespace {

class QualitySearchTest : public WorkerTest {};

TEST_F(QualitySearchTest, HigherQualityMakesALargerFile) {
  const Bytes source = save(photograph(128, 96), ImageFormat::png);
  OutputSettings settings = settings_for(ImageFormat::webp);
  settings.quality = 40;
  const Outcome low = optimize_one(source, settings);
  settings.quality = 90;
  const Outcome high = optimize_one(source, settings);
  ASSERT_EQ(low.status(), SlotStatus::encoded);
  EXPECT_LT(low.data.size(), high.data.size());
  EXPECT_EQ(low.slot.encodings, 1u);
}

}  // namespace
}  // namespace imgopt::test
