#include "tool/scan/ignore_rules.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace imgopt {
namespace {

struct Case {
  std::string text;
  std::string path;
  ListedKind kind;
  IgnoreVerdict verdict;
  friend std::ostream& operator<<(std::ostream& out, const Case& c) {
    return out << '"' << c.text << "\" on \"" << c.path << '"';
  }
};

constexpr ListedKind k_file = ListedKind::file;
constexpr ListedKind k_folder = ListedKind::folder;
constexpr IgnoreVerdict k_ignored = IgnoreVerdict::ignored;
constexpr IgnoreVerdict k_taken = IgnoreVerdict::taken;
constexpr IgnoreVerdict k_unmentioned = IgnoreVerdict::unmentioned;

class IgnoreFile : public testing::TestWithParam<Case> {};

TEST_P(IgnoreFile, JudgesAsGitDoes) {
  IgnoreRules rules;
  rules.add(GetParam().text);
  EXPECT_EQ(rules.judge(GetParam().path, GetParam().kind), GetParam().verdict);
}

// Each was checked against `git check-ignore` 2.39, except where the last component of a path is concerned
// alone.
INSTANTIATE_TEST_SUITE_P(
    Table, IgnoreFile,
    testing::Values(
        Case{"", "a", k_file, k_unmentioned}, Case{"a.png", "x/a.png", k_file, k_ignored},
        Case{"*.png\n!keep.png", "keep.png", k_file, k_taken}, Case{"!a\na", "a", k_file, k_ignored},
        Case{"/a", "a", k_file, k_ignored}, Case{"/a", "x/a", k_file, k_unmentioned},
        Case{"x/a", "x/a", k_file, k_ignored}, Case{"x/a", "w/x/a", k_file, k_unmentioned},
        Case{"build/", "x/build", k_folder, k_ignored}, Case{"build/", "build", k_file, k_unmentioned},
        Case{"x/build/", "x/build", k_folder, k_ignored},
        Case{"x/build/", "w/x/build", k_folder, k_unmentioned}, Case{"x/*", "x", k_folder, k_unmentioned},
        Case{"x/*", "x/y", k_folder, k_ignored}, Case{"**/x/a", "w/x/a", k_file, k_ignored},
        Case{"x/**", "x/y/a", k_file, k_ignored}, Case{"# a\na", "# a", k_file, k_unmentioned},
        Case{"\\#a", "#a", k_file, k_ignored}, Case{"\\!a", "!a", k_file, k_ignored},
        Case{"a  ", "a", k_file, k_ignored}, Case{"a\\ ", "a ", k_file, k_ignored},
        Case{"a\\  ", "a ", k_file, k_ignored}, Case{"a\\\\ ", "a\\", k_file, k_ignored},
        Case{" a", " a", k_file, k_ignored}, Case{"a\r\nb\r\n", "a", k_file, k_ignored},
        Case{"\xEF\xBB\xBF"
             "a",
             "a", k_file, k_ignored},
        Case{"a//", "a", k_folder, k_unmentioned}, Case{"a//", "a/b", k_folder, k_unmentioned},
        Case{"{a,b}", "a", k_file, k_unmentioned}, Case{"{a,b}", "{a,b}", k_file, k_ignored},
        Case{"[a\na\\\n/\n!\n   ", "[a", k_file, k_unmentioned}, Case{"./a", "a", k_file, k_unmentioned}));

TEST(IgnoreRules, LetsFilesAddedLaterDecide) {
  IgnoreRules rules;
  EXPECT_TRUE(rules.is_empty());
  rules.add("*.png");
  rules.add("!a.png");
  EXPECT_FALSE(rules.is_empty());
  EXPECT_EQ(rules.judge("a.png", ListedKind::file), IgnoreVerdict::taken);
  EXPECT_EQ(rules.judge("b.png", ListedKind::file), IgnoreVerdict::ignored);
}

}  // namespace
}  // namespace imgopt
