#include "tool/state/build_state.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "tests/unit/base/scratch_folder.hpp"

namespace imgopt {
namespace {

StateIdentity some_identity() {
  StateIdentity identity;
  identity.secret_id.bytes.fill(1);
  identity.request_digest.bytes.fill(2);
  identity.boot_id.fill(3);
  identity.scan_start_ns = 4;
  identity.time_step_ns = 5;
  identity.own_seed.bytes.fill(6);
  identity.manifest.inode = 7;
  return identity;
}

RecipeText some_recipe() {
  StateRecipe recipe;
  recipe.settings.format = ImageFormat::webp;
  recipe.source_format = static_cast<std::uint32_t>(ImageFormat::png);
  recipe.decoder_fingerprint.bytes.fill(13);
  recipe.encoder_fingerprint.bytes.fill(11);
  return {recipe, "png 1", "webp 1", "quality"};
}

// Three sources with two, none and one output; two objects; one encoder.
StateBuilder some_state() {
  StateBuilder builder(some_identity());
  StateSource source;
  source.kind = static_cast<std::uint8_t>(ContentKind::image);
  source.format = static_cast<std::uint8_t>(ImageFormat::png);
  source.stat = {1, 2, 3, 4, 5};
  source.digest.bytes.fill(8);
  builder.add_source(source, "a.png");
  StateOutput output;
  output.stat = {1, 9, 100, 4, 5};
  output.key.bytes.fill(9);
  output.hash.bytes.fill(10);
  output.source_digest.bytes.fill(8);
  output.recipe = builder.add_recipe(some_recipe());
  output.width = 640;
  output.format = static_cast<std::uint8_t>(ImageFormat::png);
  builder.add_output(output, "a.png");
  output.format = static_cast<std::uint8_t>(ImageFormat::webp);
  builder.add_output(output, "a.webp");
  StateSource text;
  text.flags = static_cast<std::uint32_t>(SourceFlag::incomplete);
  builder.add_source(text, "notes.txt");
  builder.add_source(source, "z/b.png");
  builder.add_output(output, "z/b.webp");
  builder.add_object({1, 2, 3, 4, 5}, "/usr/lib/libone.so");
  builder.add_object({5, 4, 3, 2, 1}, "/usr/lib/libtwo.so");
  StateEncoder encoder;
  encoder.format = static_cast<std::uint32_t>(ImageFormat::webp);
  encoder.fingerprint.bytes.fill(11);
  encoder.decoder_fingerprint.bytes.fill(12);
  encoder.abilities = 3;
  builder.add_encoder(encoder, "webp 1");
  builder.set_invocation("/home");
  return builder;
}

TEST(BuildState, GivesBackWhatWasBuilt) {
  const Bytes bytes = some_state().bytes();
  const BuildState state = BuildState::open(bytes).value();
  EXPECT_EQ(state.identity().secret_id, some_identity().secret_id);
  EXPECT_EQ(state.identity().request_digest, some_identity().request_digest);
  EXPECT_EQ(state.identity().own_seed, some_identity().own_seed);
  EXPECT_EQ(state.identity().manifest, some_identity().manifest);
  ASSERT_EQ(state.sources().size(), 3u);
  EXPECT_EQ(state.text(state.sources()[0].name), "a.png");
  EXPECT_EQ(state.sources()[0].stat, (FileStat{1, 2, 3, 4, 5}));
  ASSERT_EQ(state.outputs_of(state.sources()[0]).size(), 2u);
  EXPECT_EQ(state.text(state.outputs_of(state.sources()[0])[0].path), "a.png");
  EXPECT_EQ(state.text(state.outputs_of(state.sources()[0])[1].path), "a.webp");
  EXPECT_TRUE(state.outputs_of(state.sources()[1]).empty());
  EXPECT_EQ(state.text(state.outputs_of(state.sources()[2])[0].path), "z/b.webp");
  ASSERT_EQ(state.objects().size(), 2u);
  EXPECT_EQ(state.text(state.objects()[1].path), "/usr/lib/libtwo.so");
  ASSERT_EQ(state.encoders().size(), 1u);
  EXPECT_EQ(state.text(state.encoders()[0].description), "webp 1");
  EXPECT_EQ(state.encoders()[0].abilities, 3u);
  EXPECT_EQ(state.invocation(), "/home");
  const StateRecipe* recipe = state.recipe_of(state.outputs()[2]);
  ASSERT_NE(recipe, nullptr);
  EXPECT_EQ(recipe->settings, some_recipe().recipe.settings);
  EXPECT_EQ(recipe->decoder_fingerprint, some_recipe().recipe.decoder_fingerprint);
  EXPECT_EQ(recipe->encoder_fingerprint, some_recipe().recipe.encoder_fingerprint);
  EXPECT_EQ(state.text(recipe->decoder), "png 1");
  EXPECT_EQ(state.text(recipe->encoder), "webp 1");
  EXPECT_EQ(state.text(recipe->places), "quality");
}

TEST(BuildState, KeepsEqualRecipesOnce) {
  StateBuilder builder{StateIdentity()};
  EXPECT_EQ(builder.add_recipe(some_recipe()), 0u);
  EXPECT_EQ(builder.add_recipe(some_recipe()), 0u);
  RecipeText other = some_recipe();
  other.recipe.settings.effort = 9;
  EXPECT_EQ(builder.add_recipe(other), 1u);
  other.places = "effort";
  EXPECT_EQ(builder.add_recipe(other), 2u);
  EXPECT_EQ(builder.add_recipe(some_recipe()), 0u);
}

TEST(BuildState, KnowsNoRecipeOfACopiedFile) {
  StateBuilder builder{StateIdentity()};
  builder.add_source({}, "notes.txt");
  builder.add_output({}, "notes.txt");
  const Bytes bytes = builder.bytes();
  const BuildState state = BuildState::open(bytes).value();
  EXPECT_EQ(state.recipe_of(state.outputs()[0]), nullptr);
}

TEST(BuildState, SpellsAKeptOutputsNameOnce) {
  const Bytes bytes = some_state().bytes();
  const BuildState state = BuildState::open(bytes).value();
  EXPECT_EQ(state.outputs()[0].path.offset, state.sources()[0].name.offset);
}

TEST(BuildState, MayBeEmpty) {
  const Bytes bytes = StateBuilder(StateIdentity()).bytes();
  EXPECT_TRUE(BuildState::open(bytes).value().sources().empty());
}

TEST(BuildState, IsCorruptTruncatedAtEveryLength) {
  const Bytes whole = some_state().bytes();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    const auto state = BuildState::open(part);
    ASSERT_FALSE(state) << length;
    ASSERT_EQ(state.error().code, ErrorCode::corrupt) << length;
  }
}

TEST(BuildState, IsCorruptWhicheverByteIsFlipped) {
  const Bytes whole = some_state().bytes();
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const int mask : {0x01, 0xff}) {
      Bytes flipped = whole;
      flipped[at] = static_cast<std::uint8_t>(flipped[at] ^ mask);
      const auto state = BuildState::open(flipped);
      ASSERT_FALSE(state) << at;
      ASSERT_EQ(state.error().code, ErrorCode::corrupt) << at;
      if (at >= sizeof(StateHeader)) {
        ASSERT_EQ(state.error().message, "build state: its content is not what was written") << at;
      }
    }
}

struct Forgery {
  std::string name;
  std::string why;
  std::function<void(StateHeader&, Bytes&)> change;
};

template <typename T>
void change_at(Bytes& bytes, std::size_t offset, const std::function<void(T&)>& change) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  change(value);
  std::memcpy(bytes.data() + offset, &value, sizeof(T));
}

constexpr std::size_t k_sources = sizeof(StateHeader);
constexpr std::size_t k_outputs = k_sources + 3 * sizeof(StateSource);
constexpr std::size_t k_recipes = k_outputs + 3 * sizeof(StateOutput);
constexpr std::size_t k_objects = k_recipes + sizeof(StateRecipe);
constexpr std::size_t k_encoders = k_objects + 2 * sizeof(StateObject);

class ForgedStateTest : public testing::TestWithParam<Forgery> {};

// The content digest guards against accidents only: whoever forges a state forges it too.
TEST_P(ForgedStateTest, IsCorruptThoughItsDigestIsRight) {
  Bytes bytes = some_state().bytes();
  StateHeader header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  GetParam().change(header, bytes);
  header.content_digest = {};
  std::memcpy(bytes.data(), &header, sizeof(header));
  header.content_digest = public_secret().digest(bytes);
  std::memcpy(bytes.data(), &header, sizeof(header));
  const auto state = BuildState::open(bytes);
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, ErrorCode::corrupt);
  EXPECT_EQ(state.error().message, "build state: " + GetParam().why);
}

INSTANTIATE_TEST_SUITE_P(
    Forgeries, ForgedStateTest,
    testing::Values(
        Forgery{"Version", "another version", [](StateHeader& h, Bytes&) { ++h.version; }},
        Forgery{"HeaderSize", "another version", [](StateHeader& h, Bytes&) { h.header_size = 0; }},
        Forgery{"HugeCounts", "its tables do not fill it",
                [](StateHeader& h, Bytes&) {
                  h.source_count = h.output_count = h.object_count = h.encoder_count = h.recipe_count =
                      UINT32_MAX;
                }},
        Forgery{"StringsThatWrap", "its size is not the one its header names",
                [](StateHeader& h, Bytes&) { h.string_bytes = UINT64_MAX - 8; }},
        Forgery{"FewerSources", "its tables do not fill it",
                [](StateHeader& h, Bytes&) { --h.source_count; }},
        Forgery{"NameOutside", "a source lies outside its tables",
                [](StateHeader& h, Bytes& b) {
                  change_at<StateSource>(b, k_sources, [&](StateSource& s) {
                    s.name.offset = static_cast<std::uint32_t>(h.string_bytes);
                  });
                }},
        Forgery{"NameThatWraps", "a source lies outside its tables",
                [](StateHeader&, Bytes& b) {
                  change_at<StateSource>(b, k_sources, [](StateSource& s) { s.name.offset = UINT32_MAX; });
                }},
        Forgery{"OutputsOfAnother", "a source lies outside its tables",
                [](StateHeader&, Bytes& b) {
                  change_at<StateSource>(b, k_sources, [](StateSource& s) { s.first_output = 1; });
                }},
        Forgery{"TooManyOutputs", "its sources do not cover its outputs",
                [](StateHeader&, Bytes& b) {
                  change_at<StateSource>(b, k_sources + 2 * sizeof(StateSource),
                                         [](StateSource& s) { s.output_count = UINT32_MAX; });
                }},
        Forgery{"OutputsOfNobody", "its sources do not cover its outputs",
                [](StateHeader&, Bytes& b) {
                  change_at<StateSource>(b, k_sources + 2 * sizeof(StateSource),
                                         [](StateSource& s) { s.output_count = 0; });
                }},
        Forgery{"UnknownKind", "a source lies outside its tables",
                [](StateHeader&, Bytes& b) {
                  change_at<StateSource>(b, k_sources, [](StateSource& s) { s.kind = 5; });
                }},
        Forgery{"ImageOfNoFormat", "a source lies outside its tables",
                [](StateHeader&, Bytes& b) {
                  change_at<StateSource>(b, k_sources, [](StateSource& s) { s.format = 0; });
                }},
        Forgery{"OutputOfUnknownFormat", "an output lies outside its tables",
                [](StateHeader&, Bytes& b) {
                  change_at<StateOutput>(b, k_outputs, [](StateOutput& o) { o.format = 8; });
                }},
        Forgery{"PathOutside", "an output lies outside its tables",
                [](StateHeader&, Bytes& b) {
                  change_at<StateOutput>(b, k_outputs, [](StateOutput& o) { o.path.length = UINT32_MAX; });
                }},
        Forgery{"RecipeThatIsNotThere", "an output lies outside its tables",
                [](StateHeader&, Bytes& b) {
                  change_at<StateOutput>(b, k_outputs, [](StateOutput& o) { o.recipe = 1; });
                }},
        Forgery{"RecipeOfImpossibleSettings", "a recipe makes no sense",
                [](StateHeader&, Bytes& b) {
                  change_at<StateRecipe>(b, k_recipes, [](StateRecipe& r) { r.settings.effort = 200; });
                }},
        Forgery{"RecipeThatFollowsItself", "a recipe makes no sense",
                [](StateHeader&, Bytes& b) {
                  change_at<StateRecipe>(b, k_recipes, [](StateRecipe& r) { r.next = 0; });
                }},
        Forgery{"RecipeOutside", "a recipe makes no sense",
                [](StateHeader&, Bytes& b) {
                  change_at<StateRecipe>(b, k_recipes, [](StateRecipe& r) { r.places.length = UINT32_MAX; });
                }},
        Forgery{"RecipeOfUnknownFormat", "a recipe makes no sense",
                [](StateHeader&, Bytes& b) {
                  change_at<StateRecipe>(b, k_recipes, [](StateRecipe& r) { r.source_format = 0; });
                }},
        Forgery{"InvocationOutside", "its invocation lies outside its strings",
                [](StateHeader& h, Bytes&) { h.invocation.offset = UINT32_MAX; }},
        Forgery{"ObjectOutside", "an object lies outside its tables",
                [](StateHeader&, Bytes& b) {
                  change_at<StateObject>(b, k_objects, [](StateObject& o) { o.path.length = 1000; });
                }},
        Forgery{"EncoderOutside", "an encoder lies outside its tables",
                [](StateHeader&, Bytes& b) {
                  change_at<StateEncoder>(b, k_encoders,
                                          [](StateEncoder& e) { e.description.offset = 1000; });
                }},
        Forgery{"EncoderOfUnknownFormat", "an encoder lies outside its tables",
                [](StateHeader&, Bytes& b) {
                  change_at<StateEncoder>(b, k_encoders, [](StateEncoder& e) { e.format = 8; });
                }}),
    [](const auto& test) { return test.param.name; });

TEST(BuildState, IsAbsentWhereNoneWasSaved) {
  const ScratchFolder folder;
  EXPECT_FALSE(BuildState::load(folder.path("state")).value());
}

TEST(BuildState, IsSavedPrivatelyAndLoadedAgain) {
  const ScratchFolder folder;
  ASSERT_TRUE(some_state().save(folder.path("state")));
  EXPECT_EQ(stat_file(folder.path("state")).value()->mode, 0600u);
  const BuildState state = BuildState::load(folder.path("state")).value().value();
  EXPECT_EQ(state.text(state.sources()[2].name), "z/b.png");
}

TEST(BuildState, IsCorruptWhereSomethingElseStands) {
  const ScratchFolder folder;
  folder.write("empty", "");
  folder.write("text", std::string(500, 'x'));
  folder.make_folder("folder");
  for (const auto& [name, why] : {std::pair("empty", "shorter than its header"),
                                  {"text", "wrong magic number"},
                                  {"folder", "shorter than its header"}}) {
    const auto state = BuildState::load(folder.path(name));
    ASSERT_FALSE(state) << name;
    EXPECT_EQ(state.error().code, ErrorCode::corrupt) << name;
    EXPECT_EQ(state.error().message, std::string("build state: ") + why) << name;
  }
}

}  // namespace
}  // namespace imgopt
