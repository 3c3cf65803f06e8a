// Reasons and the words for them: what changed between two keys, and what a state knows of an output.
#include "tool/plan/reason.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/tool/core/key_inputs.hpp"
#include "tool/settings/output_settings_text.hpp"

namespace imgopt {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

KeyRecord some_record() {
  return {some_key_inputs(), "libjpeg 1", "libwebp 1", {}};
}

class KeyChangesTest : public testing::TestWithParam<KeyInputChange> {};

// The sink that explains misses nothing that the sink that digests sees.
TEST_P(KeyChangesTest, NameEveryPartThatChangesAKey) {
  KeyRecord now = some_record();
  GetParam().change(now.inputs);
  const std::vector<KeyChange> changes = key_changes(some_record(), now);
  ASSERT_THAT(changes, SizeIs(1)) << GetParam().name;
  EXPECT_FALSE(changes[0].part.empty());
  EXPECT_FALSE(changes[0].before.empty() && changes[0].now.empty());
}

INSTANTIATE_TEST_SUITE_P(Parts, KeyChangesTest, testing::ValuesIn(key_input_changes()),
                         [](const auto& test) { return test.param.name; });

TEST(KeyChanges, AreNoneBetweenEqualKeys) {
  EXPECT_THAT(key_changes(some_record(), some_record()), IsEmpty());
}

TEST(KeyChanges, SpeakOfBytesWithTheirSizes) {
  KeyRecord now = some_record();
  now.inputs.source_digest.bytes.fill(9);
  now.inputs.source_size = 2000;
  EXPECT_THAT(key_changes(some_record(), now),
              ElementsAre(AllOf(Field(&KeyChange::part, "source"),
                                Field(&KeyChange::before, "01010101010101010101010101010101 (1000 bytes)"),
                                Field(&KeyChange::now, "09090909090909090909090909090909 (2000 bytes)"))));
}

TEST(KeyChanges, SpeakOfQualityAsItsOptionDoes) {
  KeyRecord before = some_record();
  KeyRecord now = some_record();
  before.inputs.settings.quality = 80;
  now.inputs.settings.quality_mode = Quality::target;
  now.inputs.settings.quality = 100;
  now.inputs.settings.target_score = 7000;
  const std::string places("quality\0imgopt.json:3: quality\0", 32);
  now.places = places;
  EXPECT_THAT(key_changes(before, now),
              ElementsAre(AllOf(Field(&KeyChange::part, "quality"), Field(&KeyChange::before, "80"),
                                Field(&KeyChange::now, "auto:70"), Field(&KeyChange::place_before, ""),
                                Field(&KeyChange::place_now, "imgopt.json:3: quality"))));
}

TEST(KeyChanges, TellBuildsOfOneEncoderVersionApart) {
  KeyRecord now = some_record();
  now.inputs.encoder_fingerprint.bytes.fill(4);
  EXPECT_THAT(
      key_changes(some_record(), now),
      ElementsAre(AllOf(Field(&KeyChange::part, "encoder"),
                        Field(&KeyChange::before, "libwebp 1 (build 03030303030303030303030303030303)"),
                        Field(&KeyChange::now, "libwebp 1 (build 04040404040404040404040404040404)"))));
  now.encoder = "libwebp 2";
  EXPECT_THAT(key_changes(some_record(), now), ElementsAre(AllOf(Field(&KeyChange::before, "libwebp 1"),
                                                                 Field(&KeyChange::now, "libwebp 2"))));
}

struct CauseCase {
  std::string cause;
  FileFate standing;
  std::vector<std::string> parts;
};

class CauseTest : public testing::TestWithParam<CauseCase> {};

TEST_P(CauseTest, IsTheFirstInOrder) {
  OutputReason reason;
  reason.standing = GetParam().standing;
  for (const std::string& part : GetParam().parts)
    reason.changes.push_back({part, "a", "b", {}, {}});
  EXPECT_EQ(cause_of(reason), GetParam().cause);
}

INSTANTIATE_TEST_SUITE_P(
    Causes, CauseTest,
    testing::Values(CauseCase{"new", FileFate::never_built, {}},
                    CauseCase{"source", FileFate::missing, {"encoder", "effort", "source"}},
                    CauseCase{"source", FileFate::in_place, {"source-format", "decoder"}},
                    CauseCase{"settings", FileFate::in_place, {"quality", "encoder"}},
                    CauseCase{"encoder", FileFate::altered, {"encoder", "decoder"}},
                    CauseCase{"decoder", FileFate::in_place, {"decoder"}},
                    CauseCase{"cache", FileFate::missing, {"cache"}},
                    CauseCase{"imgopt", FileFate::in_place, {"imgopt"}},
                    CauseCase{"missing", FileFate::missing, {}}, CauseCase{"altered", FileFate::altered, {}},
                    CauseCase{"asked", FileFate::in_place, {}}));

TEST(ReasonText, SaysWhereASettingComesFrom) {
  OutputReason reason;
  reason.standing = FileFate::missing;
  reason.changes.push_back({"quality", "80", "60", "", "--quality"});
  const std::string text = reason_text(reason);
  EXPECT_THAT(text, HasSubstr("missing"));
  EXPECT_THAT(text, HasSubstr("quality: 80 -> 60 (--quality; before: the default)"));
}

TEST(ReasonText, SaysThatAnotherVersionMadeTheKey) {
  OutputReason reason;
  reason.changes.push_back({std::string(k_version_part), "1", "2", {}, {}});
  EXPECT_EQ(reason_text(reason),
            "  the last build was made by a version of imgopt that keyed outputs in another way\n");
}

TEST(ReasonText, KeepsNamesFromSteeringATerminal) {
  OutputReason reason;
  reason.changes.push_back({"encoder", "\x1b[31m", "b", {}, {}});
  EXPECT_THAT(reason_text(reason), testing::Not(HasSubstr("\x1b")));
}

// Layers as a configuration and a command line give them.
TEST(SettingPlaces, NameTheLayerThatDecided) {
  SettingsLayer config("imgopt.json");
  config.add(OptionId::effort, std::uint64_t{3}, "imgopt.json:2: effort");
  config.add(OptionId::width, std::uint64_t{640}, "imgopt.json:3: width");
  config.add(OptionId::quality, QualityValue{ImageFormat::avif, {Quality::fixed, 50, 0}},
             "imgopt.json:4: quality");
  SettingsLayer line("command line");
  line.add(OptionId::effort, std::uint64_t{4}, "--effort");
  std::vector<SettingsLayer> lower = {config};
  SettingsResolver resolver(std::move(lower), {}, line);
  const ImageSettings* settings = resolver.settings_for("a.png").value();
  const std::string avif = setting_places(*settings, ImageFormat::avif, resolver);
  EXPECT_EQ(place_in(avif, "effort"), "--effort");
  EXPECT_EQ(place_in(avif, "resize"), "imgopt.json:3: width");
  EXPECT_EQ(place_in(avif, "quality"), "imgopt.json:4: quality");
  EXPECT_EQ(place_in(avif, "metadata"), "");
  const std::string webp = setting_places(*settings, ImageFormat::webp, resolver);
  EXPECT_EQ(place_in(webp, "quality"), "");
}

}  // namespace
}  // namespace imgopt
