#include "tool/settings/run_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

#include "tests/unit/tool/options/case_name.hpp"
#include "tests/unit/tool/options/layers.hpp"

namespace imgopt {
namespace {

RunOptions merged_options(const std::vector<SettingsLayer>& layers) {
  std::vector<const SettingsLayer*> stack;
  for (const SettingsLayer& one : layers)
    stack.push_back(&one);
  return merge_run_options(stack).value();
}

TEST(RunOptions, HaveTheTablesDefaults) {
  const RunOptions options = merged_options({});
  EXPECT_EQ(options.max_pixels, 256'000'000u);
  EXPECT_EQ(options.max_frames, 10'000u);
  EXPECT_EQ(options.max_metadata, 64u << 20);
  EXPECT_EQ(options.max_jpeg_scans, 200u);
  EXPECT_EQ(options.max_input_size, std::uint64_t{2} << 30);
  EXPECT_EQ(options.cache, CacheMode::normal);
  EXPECT_EQ(options.sandbox, SandboxMode::on);
  EXPECT_EQ(options.verbosity, Verbosity::normal);
  EXPECT_EQ(options.progress, ProgressMode::automatic);
  EXPECT_EQ(options.hidden, HiddenSources::skip);
  EXPECT_EQ(options.unsupported, std::nullopt);
  EXPECT_EQ(options.jobs, std::nullopt);
  EXPECT_EQ(options.timeout, std::nullopt);
  EXPECT_EQ(options.out, std::nullopt);
}

TEST(RunOptions, LetTheStrongerLayerWinAndTheWeakerFillIn) {
  const RunOptions options = merged_options(
      {layer("imgopt.json", {{"out", "a"}, {"jobs", "2"}, {"include", "*.png"}, {"include", "*.jpg"}}),
       layer("command line", {{"jobs", "5"}, {"include", "*.gif"}})});
  EXPECT_EQ(options.out, "a");
  EXPECT_EQ(options.jobs, 5u);
  ASSERT_EQ(options.include.size(), 1u);
  EXPECT_EQ(options.include[0].pattern(), "*.gif");
}

TEST(RunOptions, TakeEveryOption) {
  const RunOptions o = merged_options({layer(
      "l", {{"config", "c"},     {"request", "r"},        {"base", "b"},           {"exclude", "x/**"},
            {"hidden", "yes"},   {"no-ignore", "yes"},    {"unsupported", "copy"}, {"state", "s"},
            {"build-name", "n"}, {"cache-dir", "d"},      {"recache", "yes"},      {"memory-limit", "1GiB"},
            {"max-pixels", "7"}, {"timeout", "1.5"},      {"isolate", "yes"},      {"require-sandbox", "yes"},
            {"dry-run", "yes"},  {"retry-failed", "yes"}, {"depfile", "dep"},      {"stamp", "st"},
            {"manifest", "m"},   {"report", "rep"},       {"progress", "never"},   {"verbose", "yes"},
            {"max-frames", "3"}, {"max-metadata", "1k"},  {"max-jpeg-scans", "4"}, {"max-input-size", "2k"},
            {"json", "yes"}})});
  EXPECT_EQ(o.config, "c");
  EXPECT_EQ(o.request, "r");
  EXPECT_EQ(o.base, "b");
  EXPECT_EQ(o.exclude.size(), 1u);
  EXPECT_EQ(o.hidden, HiddenSources::take);
  EXPECT_EQ(o.ignore_files, IgnoreFileUse::disregard);
  EXPECT_EQ(o.unsupported, UnsupportedPolicy::copy);
  EXPECT_EQ(o.state, "s");
  EXPECT_EQ(o.build_name, "n");
  EXPECT_EQ(o.cache_dir, "d");
  EXPECT_EQ(o.cache, CacheMode::rewrite);
  EXPECT_EQ(o.memory_limit, 1u << 30);
  EXPECT_EQ(o.max_pixels, 7u);
  EXPECT_EQ(o.max_frames, 3u);
  EXPECT_EQ(o.max_metadata, 1000u);
  EXPECT_EQ(o.max_jpeg_scans, 4u);
  EXPECT_EQ(o.max_input_size, 2000u);
  EXPECT_EQ(o.timeout, std::chrono::milliseconds(1500));
  EXPECT_EQ(o.isolation, Isolation::own_worker);
  EXPECT_EQ(o.sandbox, SandboxMode::required);
  EXPECT_EQ(o.dry_run, DryRun::yes);
  EXPECT_EQ(o.retry_failed, RetryFailed::yes);
  EXPECT_EQ(o.depfile, "dep");
  EXPECT_EQ(o.stamp, "st");
  EXPECT_EQ(o.manifest, "m");
  EXPECT_EQ(o.report, "rep");
  EXPECT_EQ(o.progress, ProgressMode::never);
  EXPECT_EQ(o.verbosity, Verbosity::verbose);
  EXPECT_EQ(o.print_as, PrintAs::json);
  EXPECT_EQ(merged_options({layer("l", {{"no-cache", "yes"}})}).cache, CacheMode::off);
  EXPECT_EQ(merged_options({layer("l", {{"read-only-cache", "yes"}})}).cache, CacheMode::read_only);
  EXPECT_EQ(merged_options({layer("l", {{"no-sandbox", "yes"}})}).sandbox, SandboxMode::off);
  EXPECT_EQ(merged_options({layer("l", {{"quiet", "yes"}})}).verbosity, Verbosity::quiet);
}

struct Pair {
  const char* first;
  const char* second;
};
void PrintTo(const Pair& c, std::ostream* out) {
  *out << case_name(c.first);
}
class Exclusive : public testing::TestWithParam<Pair> {};

TEST_P(Exclusive, AreRefusedTogetherEvenFromTwoLayers) {
  const SettingsLayer lower = layer("imgopt.json", {{GetParam().second, "yes"}});
  const SettingsLayer upper = layer("command line", {{GetParam().first, "yes"}});
  const std::array<const SettingsLayer*, 2> stack = {&lower, &upper};
  const auto options = merge_run_options(stack);
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(options.error().message,
            std::string("--") + GetParam().first + " and --" + GetParam().second + " exclude each other");
}

INSTANTIATE_TEST_SUITE_P(All, Exclusive,
                         testing::Values(Pair{"quiet", "verbose"}, Pair{"no-cache", "recache"},
                                         Pair{"no-cache", "read-only-cache"},
                                         Pair{"recache", "read-only-cache"},
                                         Pair{"require-sandbox", "no-sandbox"}));

TEST(RunOptions, RefuseADepfileWithoutItsTarget) {
  const SettingsLayer line = layer("command line", {{"depfile", "d"}});
  const std::array<const SettingsLayer*, 1> stack = {&line};
  const auto options = merge_run_options(stack);
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().message, "--depfile needs --stamp, which is the target that it speaks of");
}

TEST(RunOptions, RefuseOutputsInADepfileThatIsNotWritten) {
  const SettingsLayer line = layer("command line", {{"depfile-outputs", "yes"}});
  const std::array<const SettingsLayer*, 1> stack = {&line};
  const auto options = merge_run_options(stack);
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().message, "--depfile-outputs needs --depfile");
}

TEST(RunOptions, PutOutputsIntoADepfileOnRequest) {
  const SettingsLayer some = layer("l", {{"depfile", "d"}, {"stamp", "s"}});
  EXPECT_EQ(merged_options({some}).depfile_scope, DepfileScope::inputs);
  const SettingsLayer more = layer("l", {{"depfile-outputs", "yes"}});
  EXPECT_EQ(merged_options({some, more}).depfile_scope, DepfileScope::inputs_and_outputs);
}

TEST(CheckNamespace, TakesIdentifiersAlone) {
  for (const char* right : {"assets", "game::art", "_a1::b2"})
    EXPECT_TRUE(check_namespace(right)) << right;
  for (const char* wrong : {"", "a::", "::a", "a:b", "1a", "a b", "a::1", "a-b", "größe"})
    EXPECT_FALSE(check_namespace(wrong)) << wrong;
}

}  // namespace
}  // namespace imgopt
