#include "tool/text/output_name.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

#include "tests/unit/tool/options/case_name.hpp"

namespace imgopt {
namespace {

using testing::HasSubstr;

TEST(NamePattern, FillsInItsParts) {
  const NameParts parts{"photo", "webp", "webp", 640};
  EXPECT_EQ(expand_name(k_width_name_pattern, parts), "photo-640w.webp");
  EXPECT_EQ(expand_name(k_plain_name_pattern, parts), "photo.webp");
  EXPECT_EQ(expand_name("{format}/{width}/{stem}{stem}.x", parts), "webp/640/photophoto.x");
  EXPECT_EQ(expand_name("logo", parts), "logo");
}

TEST(NamePattern, DropsTheDotBeforeAnExtensionThatIsNotThere) {
  EXPECT_EQ(expand_name("{stem}-{width}w.{ext}", {"README", "", "png", 64}), "README-64w");
  EXPECT_EQ(expand_name("{stem}_{ext}", {"README", "", "png", {}}), "README_");
}

TEST(NamePattern, TakesBracesInAStemAsTheyAre) {
  EXPECT_EQ(expand_name("{stem}.{ext}", {"a{width}b", "png", "png", 3}), "a{width}b.png");
}

struct PatternFault {
  std::string_view pattern;
  std::string_view reason;
};
void PrintTo(const PatternFault& c, std::ostream* out) {
  *out << case_name(c.pattern);
}
class WrongPatterns : public testing::TestWithParam<PatternFault> {};

TEST_P(WrongPatterns, AreRefusedWithTheReason) {
  const auto checked = check_name_pattern(GetParam().pattern);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::invalid_argument);
  EXPECT_TRUE(checked.error().message.starts_with("expected a name such as {stem}-{width}w.{ext}, not \""));
  EXPECT_THAT(checked.error().message, HasSubstr(std::string(GetParam().reason)));
}

INSTANTIATE_TEST_SUITE_P(OfEveryKind, WrongPatterns,
                         testing::Values(PatternFault{"", "the name is empty"},
                                         PatternFault{"/{stem}.{ext}", "absolute"},
                                         PatternFault{"../{stem}", "\"..\" is no name"},
                                         PatternFault{"{stem}/", "empty component"},
                                         PatternFault{"{stem", "braces do not pair up"},
                                         PatternFault{"stem}", "braces do not pair up"},
                                         PatternFault{"{{stem}}", "braces do not pair up"},
                                         PatternFault{"{}", "{} is none of"},
                                         PatternFault{"{stem}.{extension}", "{extension} is none of"},
                                         PatternFault{"{stm}.{ext}", "did you mean stem?"},
                                         PatternFault{"{dir}/{stem}", "{dir} is none of"},
                                         PatternFault{"{stem}\n", "control character"}));

class NamesThatCannotBeWritten : public testing::TestWithParam<PatternFault> {};

TEST_P(NamesThatCannotBeWritten, AreRefusedWithTheReason) {
  const auto checked = check_output_name(GetParam().pattern);
  ASSERT_FALSE(checked) << GetParam().pattern;
  EXPECT_THAT(checked.error().message, HasSubstr(std::string(GetParam().reason)));
}

INSTANTIATE_TEST_SUITE_P(
    OfEveryKind, NamesThatCannotBeWritten,
    testing::Values(PatternFault{"", "empty"}, PatternFault{"/etc/a.png", "absolute"},
                    PatternFault{"..", "\"..\" is no name"}, PatternFault{"a/../b.png", "\"..\" is no name"},
                    PatternFault{"./a.png", "\".\" is no name"}, PatternFault{"a//b.png", "empty component"},
                    PatternFault{"a/", "empty component"}, PatternFault{"a\nb.png", "control character"},
                    PatternFault{"a\tb.png", "control character"},
                    PatternFault{"a\x7f.png", "control character"},
                    PatternFault{std::string_view("a\0b.png", 7), "control character"},
                    PatternFault{"a.", "ends in a dot"},
                    PatternFault{"dir /a.png", "ends in a dot or a space"}, PatternFault{"CON", "device"},
                    PatternFault{"con.png", "device"}, PatternFault{"x/Nul.tar.gz", "device"},
                    PatternFault{"aux/x.png", "device"}, PatternFault{"nul .png", "device"},
                    PatternFault{"COM1.png", "device"}, PatternFault{"lpt9", "device"},
                    PatternFault{"conin$", "device"}));

TEST(OutputName, TakesWhatEveryFileSystemTakes) {
  for (const std::string_view name :
       {"a.png", "a/b/c.webp", ".hidden.png", "..a", "a..b", "console.png", "com10.png", "comx.png",
        "nulls.png", "\xc3\xa9t\xc3\xa9.jpg", "\xff\xfe.png", "a b (1) [x].png", "null"})
    EXPECT_TRUE(check_output_name(name)) << name;
}

TEST(OutputName, LimitsComponentAndPath) {
  EXPECT_TRUE(check_output_name(std::string(255, 'a')));
  EXPECT_FALSE(check_output_name(std::string(256, 'a')));
  std::string deep;
  while (deep.size() + 102 <= k_longest_output_path)
    deep += std::string(100, 'd') + "/";
  EXPECT_TRUE(check_output_name(deep + "x"));
  EXPECT_FALSE(check_output_name(deep + std::string(200, 'x')));
}

struct Expected {
  std::size_t first;
  std::size_t second;
  CollisionKind kind;
};
bool operator==(const Collision& a, const Expected& b) {
  return a.first == b.first && a.second == b.second && a.kind == b.kind;
}

TEST(Collisions, OfSourcesThatDifferInExtensionAlone) {
  const std::vector<PlannedName> names = {
      {"x/a.webp", "x/a.jpg"}, {"x/a.webp", "x/a.png"}, {"x/b.webp", "x/b.png"}, {"x/a.webp", "x/a.gif"}};
  const auto found = find_collisions(names);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0], (Expected{0, 1, CollisionKind::same_path}));
  EXPECT_EQ(found[1], (Expected{0, 3, CollisionKind::same_path}));
}

TEST(Collisions, OfNamesThatDifferInCaseAlone) {
  const std::vector<PlannedName> names = {
      {"Icons/A.png", "1"}, {"icons/a.png", "2"}, {"icons/b.png", "3"}, {"icons/a.png", "4"}};
  const auto found = find_collisions(names);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0], (Expected{0, 1, CollisionKind::same_folded}));
  EXPECT_EQ(found[1], (Expected{1, 3, CollisionKind::same_path}));
}

// Folding rules for letters beyond ASCII differ between file systems, so exact bytes decide.
TEST(Collisions, LeaveLettersBeyondAsciiAlone) {
  const std::vector<PlannedName> names = {{"\xc3\xa9.png", "1"}, {"\xc3\x89.png", "2"}};
  EXPECT_TRUE(find_collisions(names).empty());
}

TEST(Collisions, OfAFileWhereAFolderIsNeeded) {
  const std::vector<PlannedName> names = {{"a/b", "1"},   {"a/b/c.png", "2"},     {"a/b/d.png", "3"},
                                          {"a.png", "4"}, {"A/B/deep/er/x", "5"}, {"a/bc/x", "6"}};
  const auto found = find_collisions(names);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0], (Expected{0, 1, CollisionKind::folder}));
  EXPECT_EQ(found[1], (Expected{0, 4, CollisionKind::folder}));
}

TEST(Collisions, AreNoneAmongDifferentNames) {
  const std::vector<PlannedName> names = {
      {"a.png", "1"}, {"a-640w.png", "1"}, {"a/a.png", "2"}, {"b/a.png", "3"}};
  EXPECT_TRUE(find_collisions(names).empty());
  EXPECT_TRUE(find_collisions({}).empty());
}

}  // namespace
}  // namespace imgopt
