#include "tool/state/state_changes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "tests/unit/base/scratch_folder.hpp"

namespace imgopt {
namespace {

using ::testing::ElementsAre;

constexpr std::size_t k_sources = 40;

std::string text_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

RecipeText recipe_of_effort(int effort) {
  StateRecipe recipe;
  recipe.settings.format = ImageFormat::webp;
  recipe.settings.effort = static_cast<std::uint8_t>(effort);
  recipe.source_format = static_cast<std::uint32_t>(ImageFormat::png);
  return {recipe, "png 1", "webp 1", "quality"};
}

StateSource source_of(std::uint64_t size) {
  StateSource source;
  source.kind = static_cast<std::uint8_t>(ContentKind::image);
  source.format = static_cast<std::uint8_t>(ImageFormat::png);
  source.stat.size = size;
  return source;
}

StateOutput output_of(std::uint64_t size) {
  StateOutput output;
  output.format = static_cast<std::uint8_t>(ImageFormat::webp);
  output.stat.size = size;
  output.recipe = 0;
  return output;
}

std::string name_of(std::size_t index) {
  return std::string(1, static_cast<char>('A' + index)) + ".png";
}

// Forty sources with two outputs each, all of size 1.
StateBuilder old_state(const StateIdentity& identity = {}) {
  StateBuilder builder(identity);
  static_cast<void>(builder.add_recipe(recipe_of_effort(5)));
  for (std::size_t i = 0; i < k_sources; ++i) {
    builder.add_source(source_of(1), name_of(i));
    builder.add_output(output_of(1), name_of(i));
    builder.add_output(output_of(1), name_of(i) + ".webp");
  }
  builder.set_invocation("first");
  return builder;
}

StateIdentity next_identity() {
  StateIdentity identity;
  identity.scan_start_ns = 77;
  return identity;
}

class StateChangesTest : public ::testing::Test {
protected:
  StateChangesTest() { EXPECT_TRUE(old_state().save(path)); }

  [[nodiscard]] BuildState loaded() const { return BuildState::load(path).value().value(); }
  static StateChanges changes_of(const BuildState& state) {
    return StateChanges(state, next_identity(), "second");
  }
  // The source at that place, and both its outputs, become of this size.
  static void change(StateChanges& changes, std::size_t index, std::uint64_t size) {
    changes.add_source(source_of(size), name_of(index));
    changes.add_output(output_of(size), name_of(index));
    changes.add_output(output_of(size), name_of(index) + ".webp");
  }
  [[nodiscard]] Bytes changed_bytes() const {
    const BuildState state = loaded();
    StateChanges changes = changes_of(state);
    change(changes, 3, 9);
    change(changes, 7, 10);
    return changes.bytes();
  }
  // Of the sources and outputs that are not as they were first.
  static std::vector<std::pair<std::size_t, std::uint64_t>> changed_sizes(const BuildState& state) {
    std::vector<std::pair<std::size_t, std::uint64_t>> sizes;
    for (std::size_t i = 0; i < state.sources().size(); ++i) {
      const StateSource& source = state.sources()[i];
      if (source.stat.size != 1)
        sizes.emplace_back(i, source.stat.size);
      for (const StateOutput& output : state.outputs_of(source))
        EXPECT_EQ(output.stat.size, source.stat.size) << i;
      EXPECT_EQ(state.text(source.name), name_of(i));
      EXPECT_EQ(state.text(state.outputs_of(source)[1].path), name_of(i) + ".webp");
    }
    return sizes;
  }

  ScratchFolder folder;
  std::string path = folder.path("state");
};

TEST_F(StateChangesTest, StandInTheirPlacesWhenTheStateIsLoaded) {
  {
    const BuildState state = loaded();
    StateChanges changes = changes_of(state);
    change(changes, 3, 9);
    change(changes, 7, 10);
    ASSERT_TRUE(changes.suffice());
    ASSERT_TRUE(changes.save(path));
  }
  EXPECT_EQ(stat_file(changes_path(path)).value()->mode, 0600u);
  const BuildState state = loaded();
  EXPECT_THAT(changed_sizes(state), ElementsAre(std::pair(3u, 9u), std::pair(7u, 10u)));
  EXPECT_THAT(state.changed_sources(), ElementsAre(3u, 7u));
  EXPECT_THAT(state.changed_outputs(), ElementsAre(6u, 7u, 14u, 15u));
  EXPECT_EQ(state.identity().scan_start_ns, 77);
  EXPECT_EQ(state.invocation(), "second");
}

TEST_F(StateChangesTest, AddToThoseBefore) {
  {
    const BuildState state = loaded();
    StateChanges changes = changes_of(state);
    change(changes, 3, 9);
    change(changes, 7, 10);
    ASSERT_TRUE(changes.save(path));
  }
  {
    const BuildState state = loaded();
    StateChanges changes = changes_of(state);
    change(changes, 2, 11);
    change(changes, 7, 12);
    ASSERT_TRUE(changes.save(path));
  }
  EXPECT_THAT(changed_sizes(loaded()),
              ElementsAre(std::pair(2u, 11u), std::pair(3u, 9u), std::pair(7u, 12u)));
}

TEST_F(StateChangesTest, AreThoseOfTheirStateAlone) {
  folder.write("state.changes", text_of(changed_bytes()));
  EXPECT_EQ(changed_sizes(loaded()).size(), 2u);
  // Whole and saved again, but for another time: another state.
  StateIdentity identity;
  identity.scan_start_ns = 5;
  folder.write("state", text_of(old_state(identity).bytes()));
  EXPECT_TRUE(changed_sizes(loaded()).empty());
  EXPECT_EQ(loaded().identity().scan_start_ns, 5);
  EXPECT_EQ(loaded().invocation(), "first");
}

TEST_F(StateChangesTest, GoWhenTheStateIsSavedAsAWhole) {
  folder.write("state.changes", text_of(changed_bytes()));
  ASSERT_TRUE(old_state().save(path));
  EXPECT_FALSE(*stat_file(changes_path(path)));
}

TEST_F(StateChangesTest, OfAnotherVersionAreNone) {
  Bytes bytes = changed_bytes();
  ++bytes[offsetof(StateChangesHeader, version)];
  folder.write("state.changes", text_of(bytes));
  EXPECT_TRUE(changed_sizes(loaded()).empty());
}

TEST_F(StateChangesTest, AreCorruptTruncatedAtEveryLength) {
  const Bytes whole = changed_bytes();
  Bytes state = old_state().bytes();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto opened = BuildState::open(std::span(state), ByteView(whole).first(length));
    ASSERT_FALSE(opened) << length;
    EXPECT_EQ(opened.error().code, ErrorCode::corrupt) << length;
    EXPECT_EQ(opened.error().message,
              std::string("changes of the build state: ") + (length < sizeof(StateChangesHeader)
                                                                 ? "shorter than its header"
                                                                 : "their records do not fill them"));
  }
}

TEST_F(StateChangesTest, AreCorruptOrNoneWithAnyByteFlipped) {
  const Bytes whole = changed_bytes();
  const Bytes state = old_state().bytes();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    Bytes flipped = whole;
    flipped[at] ^= 0x20;
    Bytes copy = state;
    const auto opened = BuildState::open(std::span(copy), flipped);
    EXPECT_TRUE(!opened || opened->changed_sources().empty()) << at;
    if (at >= sizeof(StateChangesHeader)) {
      EXPECT_EQ(opened.error().message, "changes of the build state: their content is not what was written");
    }
    EXPECT_TRUE(copy == state) << at;
  }
}

struct Forgery {
  const char* name;
  const char* why;
  std::function<void(StateChangesHeader&, ChangedRecord<StateSource>* sources,
                     ChangedRecord<StateOutput>* outputs)>
      forge;
};

class ForgedChangesTest : public StateChangesTest, public ::testing::WithParamInterface<Forgery> {};

TEST_P(ForgedChangesTest, AreCorrupt) {
  Bytes bytes = changed_bytes();
  StateChangesHeader header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  auto* sources = reinterpret_cast<ChangedRecord<StateSource>*>(bytes.data() + sizeof(header));
  auto* outputs = reinterpret_cast<ChangedRecord<StateOutput>*>(sources + header.source_count);
  GetParam().forge(header, sources, outputs);
  header.content_digest = {};
  std::memcpy(bytes.data(), &header, sizeof(header));
  header.content_digest = public_secret().digest(bytes);
  std::memcpy(bytes.data(), &header, sizeof(header));
  Bytes state = old_state().bytes();
  const auto opened = BuildState::open(std::span(state), bytes);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
  EXPECT_EQ(opened.error().message, GetParam().why);
}

constexpr const char* k_do_not_fit = "build state: its changes do not fit it";
constexpr const char* k_do_not_fill = "changes of the build state: their records do not fill them";

INSTANTIATE_TEST_SUITE_P(
    Each, ForgedChangesTest,
    ::testing::Values(
        Forgery{"SourceBeyondTheLast", k_do_not_fit, [](auto&, auto* s, auto*) { s[1].index = k_sources; }},
        Forgery{"SourceFarBeyond", k_do_not_fit, [](auto&, auto* s, auto*) { s[1].index = UINT64_MAX; }},
        Forgery{"SourceTwice", k_do_not_fit, [](auto&, auto* s, auto*) { s[1] = s[0]; }},
        Forgery{"SourceRenamed", k_do_not_fit, [](auto&, auto* s, auto*) { ++s[0].record.name.offset; }},
        Forgery{"SourceWithOtherOutputs", k_do_not_fit,
                [](auto&, auto* s, auto*) { ++s[0].record.first_output; }},
        Forgery{"SourceWithMoreOutputs", k_do_not_fit,
                [](auto&, auto* s, auto*) { ++s[0].record.output_count; }},
        Forgery{"SourceOfNoFormat", k_do_not_fit, [](auto&, auto* s, auto*) { s[0].record.format = 0; }},
        Forgery{"OutputBeyondTheLast", k_do_not_fit,
                [](auto&, auto*, auto* o) { o[3].index = 2 * k_sources; }},
        Forgery{"OutputElsewhere", k_do_not_fit, [](auto&, auto*, auto* o) { --o[0].record.path.length; }},
        Forgery{"OutputOfNoFormat", k_do_not_fit,
                [](auto&, auto*, auto* o) { o[0].record.format = k_format_slots; }},
        Forgery{"OutputOfNoRecipe", k_do_not_fit, [](auto&, auto*, auto* o) { o[0].record.recipe = 1; }},
        Forgery{"CountsBeyondTheEnd", k_do_not_fill,
                [](auto& h, auto*, auto*) { h.source_count = UINT32_MAX; }},
        Forgery{"InvocationBeyondTheEnd", k_do_not_fill,
                [](auto& h, auto*, auto*) { h.invocation_bytes = UINT64_MAX; }}),
    [](const auto& test) { return test.param.name; });

TEST_F(StateChangesTest, KnowTheStatesOwnRecipes) {
  const BuildState state = loaded();
  StateChanges changes = changes_of(state);
  EXPECT_EQ(changes.add_recipe(recipe_of_effort(5)), 0u);
  EXPECT_TRUE(changes.suffice());
  EXPECT_EQ(changes.add_recipe(recipe_of_effort(6)), k_no_recipe);
  EXPECT_FALSE(changes.suffice());
}

TEST_F(StateChangesTest, DoNotSufficeForAnotherSource) {
  const BuildState state = loaded();
  StateChanges changes = changes_of(state);
  changes.add_source(source_of(9), "new.png");
  EXPECT_FALSE(changes.suffice());
}

TEST_F(StateChangesTest, DoNotSufficeForOtherOutputs) {
  const BuildState state = loaded();
  const auto suffice = [&](std::initializer_list<std::string> paths) {
    StateChanges changes = changes_of(state);
    changes.add_source(source_of(9), name_of(0));
    for (const std::string& output : paths)
      changes.add_output(output_of(9), output);
    const bool before = changes.suffice();
    change(changes, 1, 9);
    EXPECT_EQ(changes.suffice(), before);
    return before;
  };
  EXPECT_TRUE(suffice({"A.png", "A.png.webp"}));
  EXPECT_FALSE(suffice({"A.png"}));
  EXPECT_FALSE(suffice({"A.png", "A.avif"}));
  EXPECT_FALSE(suffice({"A.png", "A.png.webp", "A.avif"}));
}

TEST_F(StateChangesTest, DoNotSufficeForManySources) {
  const BuildState state = loaded();
  StateChanges changes = changes_of(state);
  for (std::size_t i = 0; i < k_sources / 8; ++i) {
    change(changes, i, 9);
    EXPECT_TRUE(changes.suffice()) << i;
  }
  for (std::size_t i = k_sources / 8; i < k_sources; ++i) {
    change(changes, i, 9);
    EXPECT_FALSE(changes.suffice()) << i;
  }
}

TEST_F(StateChangesTest, HoldNothingOnceTheyDoNotSuffice) {
  const BuildState state = loaded();
  StateChanges changes = changes_of(state);
  for (std::size_t i = 0; i < k_sources; ++i)
    change(changes, i, 9);
  EXPECT_EQ(changes.bytes().size(), sizeof(StateChangesHeader) + std::string_view("second").size());
}

}  // namespace
}  // namespace imgopt
