#include "tool/output_key.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace imgopt {
namespace {

const DigestSecret& secret() {
  static const DigestSecret k_secret{DigestSeed{}};
  return k_secret;
}

KeyInputs some_inputs() {
  KeyInputs inputs;
  inputs.source_digest.bytes.fill(1);
  inputs.source_size = 1000;
  inputs.source_format = ImageFormat::jpeg;
  inputs.settings.format = ImageFormat::webp;
  inputs.decoder_fingerprint.bytes.fill(2);
  inputs.encoder_fingerprint.bytes.fill(3);
  return inputs;
}

struct Change {
  std::string name;
  void (*change)(KeyInputs&);
};

const std::vector<Change>& changes() {
  static const std::vector<Change> k_changes = {
      {"SourceDigest", [](KeyInputs& i) { i.source_digest.bytes[15] ^= 1; }},
      {"SourceSize", [](KeyInputs& i) { ++i.source_size; }},
      {"SourceFormat", [](KeyInputs& i) { i.source_format = ImageFormat::png; }},
      {"Decoder", [](KeyInputs& i) { i.decoder_fingerprint.bytes[0] ^= 1; }},
      {"Encoder", [](KeyInputs& i) { i.encoder_fingerprint.bytes[0] ^= 1; }},
      {"Format", [](KeyInputs& i) { i.settings.format = ImageFormat::avif; }},
      {"QualityMode", [](KeyInputs& i) { i.settings.quality_mode = Quality::target; }},
      {"Quality", [](KeyInputs& i) { i.settings.quality = 81; }},
      {"Lossless", [](KeyInputs& i) { i.settings.lossless = Lossless::yes; }},
      {"Effort", [](KeyInputs& i) { i.settings.effort = 6; }},
      {"Subsampling", [](KeyInputs& i) { i.settings.subsampling = ChromaSubsampling::s444; }},
      {"Progressive", [](KeyInputs& i) { i.settings.progressive = Progressive::yes; }},
      {"Metadata", [](KeyInputs& i) { i.settings.metadata = MetadataPolicy::all; }},
      {"Role", [](KeyInputs& i) { i.settings.role = Role::ui; }},
      {"Resize", [](KeyInputs& i) { i.settings.resize = ResizeMode::fit; }},
      {"TransparentColor", [](KeyInputs& i) { i.settings.transparent_color = TransparentColor::rewrite; }},
      {"BackgroundRed", [](KeyInputs& i) { i.settings.background.red = 254; }},
      {"BackgroundGreen", [](KeyInputs& i) { i.settings.background.green = 254; }},
      {"BackgroundBlue", [](KeyInputs& i) { i.settings.background.blue = 254; }},
      {"TargetScore", [](KeyInputs& i) { ++i.settings.target_score; }},
      {"MinSavings", [](KeyInputs& i) { ++i.settings.min_savings; }},
      {"ResizeWidth", [](KeyInputs& i) { ++i.settings.resize_width; }},
      {"ResizeHeight", [](KeyInputs& i) { ++i.settings.resize_height; }},
      {"MaxBytes", [](KeyInputs& i) { ++i.settings.max_bytes; }},
  };
  return k_changes;
}

class OutputKeyTest : public testing::TestWithParam<Change> {};

TEST_P(OutputKeyTest, ChangesWithEveryPart) {
  KeyInputs inputs = some_inputs();
  GetParam().change(inputs);
  EXPECT_NE(build_key(inputs, secret()), build_key(some_inputs(), secret()));
}

INSTANTIATE_TEST_SUITE_P(Parts, OutputKeyTest, testing::ValuesIn(changes()),
                         [](const auto& test) { return test.param.name; });

// A byte of the settings that no change above touches is one that the key forgot, or a reserved one.
TEST(ChoiceKey, ChangesWithEachCandidateAndTheirOrder) {
  Digest128 a;
  a.bytes.fill(1);
  Digest128 b;
  b.bytes.fill(2);
  const auto key = [](const std::vector<Digest128>& candidates) { return build_choice_key(candidates, secret()); };
  EXPECT_EQ(key({a, b}), key({a, b}));
  EXPECT_NE(key({a, b}), key({b, a}));
  EXPECT_NE(key({a, b}), key({a}));
  EXPECT_NE(key({a}), a);
}

TEST(OutputKey, LeavesNoByteOfTheSettingsOut) {
  std::set<std::size_t> touched;
  for (const Change& change : changes()) {
    KeyInputs inputs = some_inputs();
    change.change(inputs);
    const KeyInputs before = some_inputs();
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
  std::set<Digest128> keys = {build_key(some_inputs(), secret())};
  for (const Change& change : changes()) {
    KeyInputs inputs = some_inputs();
    change.change(inputs);
    EXPECT_TRUE(keys.insert(build_key(inputs, secret())).second) << change.name;
  }
}

// With the same seed the key of a source stands for years: a change of this value re-encodes everybody's
// images and goes with a raise of k_key_schema.
TEST(OutputKey, IsStableAcrossRunsAndBuilds) {
  EXPECT_EQ(build_key(some_inputs(), secret()).hex(), "d234c5312526dcf68d5873ab453117d9");
}

TEST(OutputKey, DependsOnTheSecret) {
  DigestSeed seed;
  seed.bytes.fill(1);
  EXPECT_NE(build_key(some_inputs(), DigestSecret(seed)), build_key(some_inputs(), secret()));
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
  visit_key_parts(some_inputs(), one);
  visit_key_parts(some_inputs(), again);
  EXPECT_EQ(one.text, again.text);
  EXPECT_EQ(one.parts.size(), 6u + 17u);
  EXPECT_EQ(one.parts.at("source-size"), "1000");
  EXPECT_EQ(one.parts.at("encoder"), some_inputs().encoder_fingerprint.hex());
}

TEST(OutputKey, MovesWithAValueFromOnePartToAnother) {
  KeyInputs width = some_inputs();
  KeyInputs height = some_inputs();
  width.settings.resize_width = 100;
  height.settings.resize_height = 100;
  EXPECT_NE(build_key(width, secret()), build_key(height, secret()));
  KeyInputs swapped = some_inputs();
  std::swap(swapped.decoder_fingerprint, swapped.encoder_fingerprint);
  EXPECT_NE(build_key(swapped, secret()), build_key(some_inputs(), secret()));
}

}  // namespace
}  // namespace imgopt
