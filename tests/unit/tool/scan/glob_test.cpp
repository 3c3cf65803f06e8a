#include "tool/text/glob.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <ostream>
#include <string>

namespace imgopt {
namespace {

struct Case {
  std::string pattern;
  std::string path;
  bool is_match;
  friend std::ostream& operator<<(std::ostream& out, const Case& c) {
    return out << '"' << c.pattern << "\" on \"" << c.path << '"';
  }
};

class GlobMatching : public testing::TestWithParam<Case> {};

TEST_P(GlobMatching, AgreesWithTheTable) {
  const auto glob = Glob::parse(GetParam().pattern);
  ASSERT_TRUE(glob) << glob.error().message;
  EXPECT_EQ(glob->matches(GetParam().path), GetParam().is_match);
}

INSTANTIATE_TEST_SUITE_P(
    Table, GlobMatching,
    testing::Values(
        // Without a slash: the last component at any depth.
        Case{"a.png", "a.png", true}, Case{"a.png", "x/y/a.png", true}, Case{"a.png", "ba.png", false},
        Case{"a.png", "a.png/b", false}, Case{"*.png", "x/y.png", true}, Case{"*.png", "x.png/y", false},
        Case{"*", ".hidden", true}, Case{"a*b*c", "a1b2c", true}, Case{"a*b*c", "a1c2b", false},
        Case{"a*a", "a", false}, Case{"**", "x/y", true}, Case{"a**b", "x/a1b", true},
        // With a slash: the whole path.
        Case{"x/*.png", "x/a.png", true}, Case{"x/*.png", "x/y/a.png", false},
        Case{"x/*.png", "w/x/a.png", false}, Case{"/a.png", "a.png", true}, Case{"/a.png", "x/a.png", false},
        Case{"./a.png", "a.png", true}, Case{"./a.png", "x/a.png", false}, Case{"x?y", "x/y", false},
        Case{"x/a*b", "x/a/b", false},
        // Across components.
        Case{"**/a.png", "a.png", true}, Case{"**/a.png", "x/y/a.png", true},
        Case{"**/a.png", "x/ba.png", false}, Case{"**/x/a.png", "x/a.png", true},
        Case{"**/x/a.png", "v/w/x/a.png", true}, Case{"**/x/a.png", "wx/a.png", false},
        Case{"x/**/a.png", "x/a.png", true}, Case{"x/**/a.png", "x/y/z/a.png", true},
        Case{"x/**/a.png", "xy/a.png", false}, Case{"x/**", "x/y/z", true}, Case{"x/**", "x", false},
        Case{"x/**", "y/x/z", false}, Case{"**/x/**/*.png", "a/x/b/c.png", true},
        Case{"x/a**b/c", "x/a/b/c", false}, Case{"x/", "x/y/z", true}, Case{"x/", "w/x/y", true},
        Case{"x/", "x", false}, Case{"/x/", "w/x/y", false}, Case{"v/x/", "v/x/y", true},
        // Sets.
        Case{"[a-c].png", "b.png", true}, Case{"[a-c].png", "d.png", false},
        Case{"[!a-c].png", "d.png", true}, Case{"[!a-c].png", "b.png", false},
        Case{"[^a].png", "a.png", false}, Case{"[]a].png", "].png", true}, Case{"[!]a].png", "].png", false},
        Case{"[a-].png", "-.png", true}, Case{"[\\]].png", "].png", true}, Case{"x[!a]y/z", "x/y/z", false},
        Case{"[[:digit:]x]", "7", true}, Case{"[[:digit:]x]", "x", true}, Case{"[[:digit:]x]", "y", false},
        Case{"[![:space:]]", "\t", false},
        // Alternatives.
        Case{"*.{png,jpg}", "x/a.jpg", true}, Case{"*.{png,jpg}", "a.gif", false},
        Case{"*.{png,jp{,e}g}", "a.jpeg", true}, Case{"*.{png,jp{,e}g}", "a.jpg", true},
        Case{"{a,b}", "b", true}, Case{"{a,b}c", "ac", true}, Case{"{a,b}c", "a", false},
        Case{"{x,y/z}/a", "y/z/a", true}, Case{"{x,**/y}/a", "v/w/y/a", true}, Case{"{a}", "a", true},
        Case{"{a-*,b}/*.png", "a-1/x.png", true}, Case{"a,b", "a,b", true},
        // Escapes.
        Case{"\\*", "*", true}, Case{"\\*", "a", false}, Case{"\\{a,b\\}", "{a,b}", true},
        Case{"\\[a]", "[a]", true}, Case{"a\\\\b", "a\\b", true},
        // One character is one character, in UTF-8 and outside it.
        Case{"?", "\xC3\xA9", true}, Case{"??", "\xC3\xA9", false}, Case{"?", "\xE9", true},
        Case{"[\xC3\xA0-\xC3\xBF].png", "\xC3\xA9.png", true}, Case{"[!a]", "\xF0\x9F\x98\x80", true},
        Case{"\xE9*", "\xE9x", true}, Case{"a?b", "a\nb", true}));

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

TEST(Glob, StaysFastOnHostilePatterns) {
  const std::string name(4000, 'a');
  std::string stars;
  std::string braces;
  for (int i = 0; i < 100; ++i) {
    stars += "*a";
    braces += "{a,aa,*}";
  }
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(Glob::parse(stars + "b?")->matches(name));
  EXPECT_FALSE(Glob::parse(braces + "b?")->matches(name));
  EXPECT_FALSE(Glob::parse("**/*a*a*a/**/*a*a*a/**/*a*a*a/**/b?")->matches(name + "/" + name + "/" + name));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

}  // namespace
}  // namespace imgopt
