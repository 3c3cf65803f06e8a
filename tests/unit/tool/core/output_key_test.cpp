#include "tool/plan/output_key.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/tool/core/key_inputs.hpp"

namespace imgopt {
namespace {

class OutputKeyTest : public testing::TestWithParam<KeyInputChange> {};

TEST_P(OutputKeyTest, ChangesWithEveryPart) {
  KeyInputs inputs = some_key_inputs();
  GetParam().change(inputs);
  EXPECT_NE(build_key(inputs, public_secret()), build_key(some_key_inputs(), public_secret()));
}

INSTANTIATE_TEST_SUITE_P(Parts, OutputKeyTest, testing::ValuesIn(key_input_changes()),
                         [](const auto& test) { return test.param.name; });

// A byte of the settings that no change above touches is one that the key forgot, or a reserved one.
TEST(ChoiceKey, ChangesWithEachCandidateAndTheirOrder) {
  Digest128 a;
  a.bytes.fill(1);
  Digest128 b;
  b.bytes.fill(2);
  const auto key = [](const std::vector<Digest128>& candidates) {
    return build_choice_key(candidates, public_secret());
  };
  EXPECT_EQ(key({a, b}), key({a, b}));
  EXPECT_NE(key({a, b}), key({b, a}));
  EXPECT_NE(key({a, b}), key({a}));
  EXPECT_NE(key({a}), a);
}

TEST(OutputKey, LeavesNoByteOfTheSettingsOut) {
  std::set<std::size_t> touched;
  for (const KeyInputChange& change : key_input_changes()) {
    KeyInputs inputs = some_key_inputs();
    change.change(inputs);
    const KeyInputs before = some_key_inputs();
    const auto* a = reinterpret_cast<const std::uint8_t*>(&inputs.settings);
    const auto* b = reinterpret_cast<const std::uint8_t*>(&before.settings);
    for (std::size_t i = 0; i < sizeof(OutputSettings); ++i)
      if (a[i] != b[i])
        touched.insert(i);
  }
  // Of each number but single bytes only the lowest byte changed.
  const std::size_t wide_rest =
      2 * (sizeof(std::uint16_t) - 1) + 2 * (sizeof(std::uint32_t) - 1) + (sizeof(std::uint64_t) - 1);
  EXPECT_EQ(touched.size() + wide_rest + sizeof(OutputSettings::reserved), sizeof(OutputSettings));
}

TEST(OutputKey, AllChangesGiveDifferentKeys) {
  std::set<Digest128> keys = {build_key(some_key_inputs(), public_secret())};
  for (const KeyInputChange& change : key_input_changes()) {
    KeyInputs inputs = some_key_inputs();
    change.change(inputs);
    EXPECT_TRUE(keys.insert(build_key(inputs, public_secret())).second) << change.name;
  }
}

// With the same seed the key of a source stands for years: a change of this value re-encodes everybody's
// images and goes with a raise of k_key_schema.
TEST(OutputKey, IsStableAcrossRunsAndBuilds) {
  EXPECT_EQ(build_key(some_key_inputs(), public_secret()).hex(), "d234c5312526dcf68d5873ab453117d9");
}

TEST(OutputKey, DependsOnTheSecret) {
  DigestSeed seed;
  seed.bytes.fill(1);
  EXPECT_NE(build_key(some_key_inputs(), DigestSecret(seed)), build_key(some_key_inputs(), public_secret()));
}

// Writes parts as the digest's sink does.
struct TextSink {
  std::map<std::string, std::string, std::less<>> parts;
  std::string text;
  void number(std::string_view name, std::uint64_t value) { add(name, std::to_string(value)); }
  void digest(std::string_view name, const Digest128& value) { add(name, value.hex()); }
  void add(std::string_view name, const std::string& value) {
    EXPECT_TRUE(parts.emplace(name, value).second) << name;
    text.append(name).append("=").append(value).append("\n");
  }
};

TEST(OutputKey, NamesEveryPartOnceAndInOneOrder) {
  TextSink one;
  TextSink again;
  visit_key_parts(some_key_inputs(), one);
  visit_key_parts(some_key_inputs(), again);
  EXPECT_EQ(one.text, again.text);
  EXPECT_EQ(one.parts.size(), 6u + 17u);
  EXPECT_EQ(one.parts.at("source-size"), "1000");
  EXPECT_EQ(one.parts.at("encoder"), some_key_inputs().encoder_fingerprint.hex());
}

TEST(OutputKey, MovesWithAValueFromOnePartToAnother) {
  KeyInputs width = some_key_inputs();
  KeyInputs height = some_key_inputs();
  width.settings.resize_width = 100;
  height.settings.resize_height = 100;
  EXPECT_NE(build_key(width, public_secret()), build_key(height, public_secret()));
  KeyInputs swapped = some_key_inputs();
  std::swap(swapped.decoder_fingerprint, swapped.encoder_fingerprint);
  EXPECT_NE(build_key(swapped, public_secret()), build_key(some_key_inputs(), public_secret()));
}

}  // namespace
}  // namespace imgopt
