#include "protocol/output_settings.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace imgopt {
namespace {

template <typename Enum>
Enum raw(int value) {
  return static_cast<Enum>(value);
}

struct Wrong {
  std::string name;
  void (*change)(OutputSettings&);
};

class WrongSettingsTest : public testing::TestWithParam<Wrong> {};

TEST_P(WrongSettingsTest, AreRefused) {
  OutputSettings settings;
  ASSERT_TRUE(validate(settings));
  GetParam().change(settings);
  const auto valid = validate(settings);
  ASSERT_FALSE(valid);
  EXPECT_EQ(valid.error().code, ErrorCode::corrupt);
}

INSTANTIATE_TEST_SUITE_P(
    Fields, WrongSettingsTest,
    testing::Values(
        Wrong{"NoFormat", [](OutputSettings& s) { s.format = raw<ImageFormat>(0); }},
        Wrong{"Format", [](OutputSettings& s) { s.format = raw<ImageFormat>(8); }},
        Wrong{"QualityMode", [](OutputSettings& s) { s.quality_mode = raw<Quality>(2); }},
        Wrong{"NoQuality", [](OutputSettings& s) { s.quality = 0; }},
        Wrong{"Quality", [](OutputSettings& s) { s.quality = 101; }},
        Wrong{"Lossless", [](OutputSettings& s) { s.lossless = raw<Lossless>(2); }},
        Wrong{"Effort", [](OutputSettings& s) { s.effort = 10; }},
        Wrong{"Subsampling", [](OutputSettings& s) { s.subsampling = raw<ChromaSubsampling>(4); }},
        Wrong{"Progressive", [](OutputSettings& s) { s.progressive = raw<Progressive>(3); }},
        Wrong{"Metadata", [](OutputSettings& s) { s.metadata = raw<MetadataPolicy>(3); }},
        Wrong{"Role", [](OutputSettings& s) { s.role = raw<Role>(6); }},
        Wrong{"Resize", [](OutputSettings& s) { s.resize = raw<ResizeMode>(6); }},
        Wrong{"TransparentColor", [](OutputSettings& s) { s.transparent_color = raw<TransparentColor>(2); }},
        Wrong{"TargetScore", [](OutputSettings& s) { s.target_score = 10001; }},
        Wrong{"MinSavings", [](OutputSettings& s) { s.min_savings = 1001; }},
        Wrong{"Reserved", [](OutputSettings& s) { s.reserved[2] = 1; }}),
    [](const auto& test) { return test.param.name; });

TEST(OutputSettings, AreVisitedUnderNamesThatDiffer) {
  std::set<std::string> names;
  visit_settings(OutputSettings(), [&](std::string_view name, std::uint64_t) {
    EXPECT_TRUE(names.insert(std::string(name)).second) << name;
  });
  EXPECT_EQ(names.size(), 17u);
}

TEST(OutputSettings, VisitorSeesEveryPartOfTheBackground) {
  OutputSettings settings;
  settings.background = {0x12, 0x34, 0x56};
  std::map<std::string, std::uint64_t, std::less<>> seen;
  visit_settings(settings, [&](std::string_view name, std::uint64_t value) { seen.emplace(name, value); });
  EXPECT_EQ(seen.at("background"), 0x123456u);
}

}  // namespace
}  // namespace imgopt
