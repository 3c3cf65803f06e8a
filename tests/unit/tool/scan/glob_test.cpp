#include "tool/text/glob.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace imgopt {
namespace {

struct GlobCase {
  std::string pattern;
  std::string path;
  bool is_match;
  friend std::ostream& operator<<(std::ostream& out, const GlobCase& c) {
    return out << '"' << c.pattern << "\" on \"" << c.path << '"';
  }
};

class GlobMatching : public testing::TestWithParam<GlobCase> {};

TEST_P(GlobMatching, AgreesWithTheTable) {
  const auto glob = Glob::parse(GetParam().pattern);
  ASSERT_TRUE(glob) << glob.error().message;
  EXPECT_EQ(glob->matches(GetParam().path), GetParam().is_match);
}

INSTANTIATE_TEST_SUITE_P(
    Table, GlobMatching,
    testing::Values(
        // Without a slash: the last component at any depth.
        GlobCase{"a.png", "a.png", true}, GlobCase{"a.png", "x/y/a.png", true},
        GlobCase{"a.png", "ba.png", false}, GlobCase{"a.png", "a.png/b", false},
        GlobCase{"*.png", "x/y.png", true}, GlobCase{"*.png", "x.png/y", false},
        GlobCase{"*", ".hidden", true}, GlobCase{"a*b*c", "a1b2c", true}, GlobCase{"a*b*c", "a1c2b", false},
        GlobCase{"a*a", "a", false}, GlobCase{"**", "x/y", true}, GlobCase{"a**b", "x/a1b", true},
        // With a slash: the whole path.
        GlobCase{"x/*.png", "x/a.png", true}, GlobCase{"x/*.png", "x/y/a.png", false},
        GlobCase{"x/*.png", "w/x/a.png", false}, GlobCase{"/a.png", "a.png", true},
        GlobCase{"/a.png", "x/a.png", false}, GlobCase{"./a.png", "a.png", true},
        GlobCase{"./a.png", "x/a.png", false}, GlobCase{"x?y", "x/y", false},
        GlobCase{"x/a*b", "x/a/b", false},
        // Across components.
        GlobCase{"**/a.png", "a.png", true}, GlobCase{"**/a.png", "x/y/a.png", true},
        GlobCase{"**/a.png", "x/ba.png", false}, GlobCase{"**/x/a.png", "x/a.png", true},
        GlobCase{"**/x/a.png", "v/w/x/a.png", true}, GlobCase{"**/x/a.png", "wx/a.png", false},
        GlobCase{"x/**/a.png", "x/a.png", true}, GlobCase{"x/**/a.png", "x/y/z/a.png", true},
        GlobCase{"x/**/a.png", "xy/a.png", false}, GlobCase{"x/**", "x/y/z", true},
        GlobCase{"x/**", "x", false}, GlobCase{"x/**", "y/x/z", false},
        GlobCase{"**/x/**/*.png", "a/x/b/c.png", true}, GlobCase{"x/a**b/c", "x/a/b/c", false},
        GlobCase{"x/", "x/y/z", true}, GlobCase{"x/", "w/x/y", true}, GlobCase{"x/", "x", false},
        GlobCase{"/x/", "w/x/y", false}, GlobCase{"v/x/", "v/x/y", true},
        // Sets.
        GlobCase{"[a-c].png", "b.png", true}, GlobCase{"[a-c].png", "d.png", false},
        GlobCase{"[!a-c].png", "d.png", true}, GlobCase{"[!a-c].png", "b.png", false},
        GlobCase{"[^a].png", "a.png", false}, GlobCase{"[]a].png", "].png", true},
        GlobCase{"[!]a].png", "].png", false}, GlobCase{"[a-].png", "-.png", true},
        GlobCase{"[\\]].png", "].png", true}, GlobCase{"x[!a]y/z", "x/y/z", false},
        GlobCase{"[[:digit:]x]", "7", true}, GlobCase{"[[:digit:]x]", "x", true},
        GlobCase{"[[:digit:]x]", "y", false}, GlobCase{"[![:space:]]", "\t", false},
        // Alternatives.
        GlobCase{"*.{png,jpg}", "x/a.jpg", true}, GlobCase{"*.{png,jpg}", "a.gif", false},
        GlobCase{"*.{png,jp{,e}g}", "a.jpeg", true}, GlobCase{"*.{png,jp{,e}g}", "a.jpg", true},
        GlobCase{"{a,b}", "b", true}, GlobCase{"{a,b}c", "ac", true}, GlobCase{"{a,b}c", "a", false},
        GlobCase{"{x,y/z}/a", "y/z/a", true}, GlobCase{"{x,**/y}/a", "v/w/y/a", true},
        GlobCase{"{a}", "a", true}, GlobCase{"{a-*,b}/*.png", "a-1/x.png", true},
        GlobCase{"a,b", "a,b", true},
        // Escapes.
        GlobCase{"\\*", "*", true}, GlobCase{"\\*", "a", false}, GlobCase{"\\{a,b\\}", "{a,b}", true},
        GlobCase{"\\[a]", "[a]", true}, GlobCase{"a\\\\b", "a\\b", true},
        // One character is one character, in UTF-8 and outside it.
        GlobCase{"?", "\xC3\xA9", true}, GlobCase{"??", "\xC3\xA9", false}, GlobCase{"?", "\xE9", true},
        GlobCase{"[\xC3\xA0-\xC3\xBF].png", "\xC3\xA9.png", true}, GlobCase{"[!a]", "\xF0\x9F\x98\x80", true},
        GlobCase{"\xE9*", "\xE9x", true}, GlobCase{"a?b", "a\nb", true}));

class GlobErrors : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(GlobErrors, NameWhatIsWrong) {
  const auto glob = Glob::parse(GetParam().first);
  ASSERT_FALSE(glob);
  EXPECT_EQ(glob.error().code, ErrorCode::invalid_config);
  EXPECT_NE(glob.error().message.find(GetParam().second), std::string::npos) << glob.error().message;
}

INSTANTIATE_TEST_SUITE_P(Table, GlobErrors,
                         testing::Values(std::pair{"", "empty"}, std::pair{"/", "empty"},
                                         std::pair{"[a", "[ without ]"}, std::pair{"[", "[ without ]"},
                                         std::pair{"[a\\", "[ without ]"}, std::pair{"[!]", "[ without ]"},
                                         std::pair{"[z-a]", "range"}, std::pair{"{a,b", "{ without }"},
                                         std::pair{"a}", "} without {"}, std::pair{"a\\", "backslash"},
                                         std::pair{"a//b", "component"}, std::pair{"../a", ".."},
                                         std::pair{"a/./b", "component"}, std::pair{"[[:nope:]]", "nope"},
                                         std::pair{"[[:alpha", "alpha"},
                                         std::pair{"{{{{{{{{{{{{{{{{{a}}}}}}}}}}}}}}}}}", "nests"}));

TEST(Glob, RefusesZeroBytesAndEndlessPatterns) {
  EXPECT_FALSE(Glob::parse(std::string_view("a\0b", 3)));
  EXPECT_FALSE(Glob::parse(std::string(5000, 'a')));
}

TEST(Glob, TakesBracesLiterallyWhereAsked) {
  const auto glob = Glob::parse("{a,b}", Braces::literal);
  ASSERT_TRUE(glob);
  EXPECT_TRUE(glob->matches("x/{a,b}"));
  EXPECT_FALSE(glob->matches("a"));
}

TEST(Glob, MatchesFolderWhoseWholeContentMatches) {
  EXPECT_TRUE(Glob::parse("build/**")->matches_folder("build"));
  EXPECT_TRUE(Glob::parse("build/")->matches_folder("x/build"));
  EXPECT_TRUE(Glob::parse("build")->matches_folder("x/build"));
  EXPECT_FALSE(Glob::parse("build/*.png")->matches_folder("build"));
  EXPECT_FALSE(Glob::parse("build/**")->matches_folder("builder"));
  EXPECT_FALSE(Glob::parse("build/**/a")->matches_folder("build"));
}

TEST(Glob, MatchesListsOfManyAlternatives) {
  std::string pattern = "art/{";
  for (int i = 0; i < 100; ++i)
    pattern += "image_" + std::to_string(i) + (i % 2 == 0 ? ",**/" : "?,");
  const auto glob = Glob::parse(pattern + "last}.png");
  ASSERT_TRUE(glob);
  EXPECT_TRUE(glob->matches("art/image_0.png"));
  EXPECT_TRUE(glob->matches("art/x/y/image_99\xC3\xA9.png"));
  EXPECT_TRUE(glob->matches("art/last.png"));
  EXPECT_FALSE(glob->matches("art/image_100.png"));
  EXPECT_FALSE(glob->matches("art/image_0"));
}

// What tries every way to match ends after no time that anybody has.
TEST(Glob, EndsOnHostilePatterns) {
  const std::string name(4000, 'a');
  std::string stars;
  std::string braces;
  for (int i = 0; i < 100; ++i) {
    stars += "*a";
    braces += "{a,aa,*}";
  }
  EXPECT_FALSE(Glob::parse(stars + "b?")->matches(name));
  EXPECT_FALSE(Glob::parse(braces + "b?")->matches(name));
  EXPECT_FALSE(Glob::parse("**/*a*a*a/**/*a*a*a/**/*a*a*a/**/b?")->matches(name + "/" + name + "/" + name));
}

}  // namespace
}  // namespace imgopt
