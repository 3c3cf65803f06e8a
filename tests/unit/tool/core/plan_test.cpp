#include "tool/plan/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/batch_manifest.hpp"

namespace imgopt {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Digest128 key_of(std::uint8_t number) {
  Digest128 key;
  key.bytes[3] = number;
  return key;
}

OutputFacts wanted(std::uint8_t key, ImageFormat format = ImageFormat::webp, std::uint32_t width = 0) {
  OutputFacts facts;
  facts.key = key_of(key);
  facts.settings.format = format;
  facts.settings.resize = width == 0 ? ResizeMode::none : ResizeMode::width;
  facts.settings.resize_width = width;
  return facts;
}

SourceFacts source_of(std::vector<OutputFacts> outputs, std::uint64_t size = 100'000) {
  return {size, std::move(outputs)};
}

struct MadeRecord {
  std::size_t source = 0;
  std::vector<std::size_t> outputs;
  std::uint64_t cost = 0;
};

struct MadePlan {
  std::vector<std::vector<PlannedOutput>> outputs;  // as in the facts
  std::vector<MadeRecord> records;
};

MadePlan make_plan(std::span<const SourceFacts> sources) {
  MadePlan made;
  Planner planner;
  for (const SourceFacts& facts : sources) {
    made.outputs.emplace_back(facts.outputs.size());
    planner.add(facts, made.outputs.back());
  }
  const bool has_records = planner.has_records();
  const Plan plan = std::move(planner).finish();
  EXPECT_EQ(has_records, !plan.records.empty());
  for (const PlannedRecord& record : plan.records) {
    const auto outputs = plan.outputs_of(record);
    made.records.push_back({record.source, {outputs.begin(), outputs.end()}, record.cost});
  }
  return made;
}

std::vector<std::vector<std::size_t>> groups(const MadePlan& plan) {
  std::vector<std::vector<std::size_t>> groups;
  for (const MadeRecord& record : plan.records)
    groups.push_back(record.outputs);
  std::sort(groups.begin(), groups.end());
  return groups;
}

struct Decision {
  std::string name;
  bool stands;
  bool stands_with_another_key;
  CachedAs cached;
  Action action;
};

class PlanTest : public testing::TestWithParam<Decision> {};

TEST_P(PlanTest, DecidesFromWhatStandsAndWhatIsCached) {
  OutputFacts facts = wanted(1);
  if (GetParam().stands)
    facts.standing_key = key_of(1);
  if (GetParam().stands_with_another_key)
    facts.standing_key = key_of(9);
  facts.cached = GetParam().cached;
  const std::array sources = {source_of({facts})};
  const MadePlan plan = make_plan(sources);
  EXPECT_EQ(plan.outputs[0][0].action, GetParam().action);
  EXPECT_EQ(plan.records.size(), GetParam().action == Action::encode ? 1u : 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Decisions, PlanTest,
    testing::Values(Decision{"UpToDate", true, false, CachedAs::nothing, Action::leave},
                    Decision{"UpToDateWhateverTheCacheSays", true, false, CachedAs::failure, Action::leave},
                    Decision{"Missing", false, false, CachedAs::nothing, Action::encode},
                    Decision{"Outdated", false, true, CachedAs::nothing, Action::encode},
                    Decision{"MissingAndCached", false, false, CachedAs::result, Action::restore},
                    Decision{"OutdatedAndCached", false, true, CachedAs::result, Action::restore},
                    Decision{"KnownToFail", false, false, CachedAs::failure, Action::fail}),
    [](const auto& test) { return test.param.name; });

TEST(Plan, OfNothingIsEmpty) {
  EXPECT_THAT(make_plan({}).records, IsEmpty());
  const std::array sources = {source_of({})};
  EXPECT_THAT(make_plan(sources).outputs, ElementsAre(IsEmpty()));
}

TEST(Plan, MakesOneKeyOnce) {
  const std::array sources = {source_of({wanted(1), wanted(2)}), source_of({wanted(2), wanted(1)})};
  const MadePlan plan = make_plan(sources);
  EXPECT_EQ(plan.outputs[0][0].action, Action::encode);
  EXPECT_EQ(plan.outputs[0][1].action, Action::encode);
  EXPECT_EQ(plan.outputs[1][0].action, Action::share);
  EXPECT_EQ(plan.outputs[1][0].shares_with, (OutputRef{0, 1}));
  EXPECT_EQ(plan.outputs[1][1].shares_with, (OutputRef{0, 0}));
  EXPECT_THAT(plan.records, SizeIs(1));
}

TEST(Plan, SharesInsideOneSourceToo) {
  const std::array sources = {source_of({wanted(1), wanted(1)})};
  const MadePlan plan = make_plan(sources);
  EXPECT_EQ(plan.outputs[0][1].action, Action::share);
  EXPECT_THAT(groups(plan), ElementsAre(ElementsAre(0)));
}

TEST(Plan, SharesNothingWithWhatIsLeftOrRestored) {
  OutputFacts standing = wanted(1);
  standing.standing_key = key_of(1);
  const std::array sources = {source_of({standing}), source_of({wanted(1)})};
  EXPECT_EQ(make_plan(sources).outputs[1][0].action, Action::encode);
}

TEST(Plan, GroupsOutputsOfOneGeometry) {
  const std::array sources = {
      source_of({wanted(1, ImageFormat::webp, 320), wanted(2, ImageFormat::webp, 640),
                 wanted(3, ImageFormat::jpeg, 320), wanted(4, ImageFormat::jpeg, 640)})};
  EXPECT_THAT(groups(make_plan(sources)), ElementsAre(ElementsAre(0, 2), ElementsAre(1, 3)));
}

TEST(Plan, LeavesOutWhatIsNotEncoded) {
  OutputFacts cached = wanted(2);
  cached.cached = CachedAs::result;
  const std::array sources = {source_of({wanted(1), cached, wanted(3)})};
  EXPECT_THAT(groups(make_plan(sources)), ElementsAre(ElementsAre(0, 2)));
}

TEST(Plan, NeverPutsTwoSourcesIntoOneRecord) {
  const std::array sources = {source_of({wanted(1)}), source_of({wanted(2)})};
  EXPECT_THAT(make_plan(sources).records, SizeIs(2));
}

struct Slow {
  std::string name;
  void (*change)(OutputSettings&);
};

class SlowOutputTest : public testing::TestWithParam<Slow> {};

TEST_P(SlowOutputTest, IsARecordOfItsOwn) {
  OutputFacts slow = wanted(2);
  GetParam().change(slow.settings);
  const std::array sources = {source_of({wanted(1), slow, wanted(3)})};
  EXPECT_THAT(groups(make_plan(sources)), ElementsAre(ElementsAre(0, 2), ElementsAre(1)));
}

INSTANTIATE_TEST_SUITE_P(
    Outputs, SlowOutputTest,
    testing::Values(Slow{"Avif", [](OutputSettings& s) { s.format = ImageFormat::avif; }},
                    Slow{"Jxl", [](OutputSettings& s) { s.format = ImageFormat::jxl; }},
                    Slow{"PngOfHighEffort",
                         [](OutputSettings& s) {
                           s.format = ImageFormat::png;
                           s.effort = 7;
                         }},
                    Slow{"Target", [](OutputSettings& s) { s.quality_mode = Quality::target; }},
                    Slow{"ByteLimit", [](OutputSettings& s) { s.max_bytes = 1; }}),
    [](const auto& test) { return test.param.name; });

TEST(Plan, SplitsMoreOutputsThanARecordMayHave) {
  std::vector<OutputFacts> outputs;
  for (std::uint8_t i = 0; i < 2 * k_max_outputs_per_record + 1; ++i)
    outputs.push_back(wanted(i));
  const std::array sources = {source_of(outputs)};
  const MadePlan plan = make_plan(sources);
  std::vector<std::size_t> sizes;
  std::vector<std::size_t> all;
  for (const MadeRecord& record : plan.records) {
    sizes.push_back(record.outputs.size());
    all.insert(all.end(), record.outputs.begin(), record.outputs.end());
  }
  std::sort(all.begin(), all.end());
  EXPECT_THAT(sizes, ElementsAre(k_max_outputs_per_record, k_max_outputs_per_record, 1));
  ASSERT_THAT(all, SizeIs(outputs.size()));
  for (std::size_t i = 0; i < all.size(); ++i)
    EXPECT_EQ(all[i], i);
}

TEST(Plan, OrdersTheCostliestFirstAndEqualOnesAsTheyCame) {
  const std::array sources = {source_of({wanted(1)}, 1000), source_of({wanted(2)}, 50'000),
                              source_of({wanted(3)}, 1000),
                              source_of({wanted(4, ImageFormat::avif)}, 50'000)};
  std::vector<std::size_t> order;
  for (const MadeRecord& record : make_plan(sources).records)
    order.push_back(record.source);
  EXPECT_THAT(order, ElementsAre(3, 1, 0, 2));
}

TEST(Plan, CountsTheCostOfAllOutputsOfARecord) {
  const std::array one = {source_of({wanted(1)})};
  const std::array two = {source_of({wanted(1), wanted(2)})};
  EXPECT_EQ(make_plan(two).records[0].cost, 2 * make_plan(one).records[0].cost);
}

}  // namespace
}  // namespace imgopt
