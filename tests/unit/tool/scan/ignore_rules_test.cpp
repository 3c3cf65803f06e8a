#include "tool/scan/ignore_rules.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace imgopt {
namespace {

struct RuleCase {
  std::string text;
  std::string path;
  ListedKind kind;
  IgnoreVerdict verdict;
  friend std::ostream& operator<<(std::ostream& out, const RuleCase& c) {
    return out << '"' << c.text << "\" on \"" << c.path << '"';
  }
};

constexpr ListedKind k_file = ListedKind::file;
constexpr ListedKind k_folder = ListedKind::folder;
constexpr IgnoreVerdict k_ignored = IgnoreVerdict::ignored;
constexpr IgnoreVerdict k_taken = IgnoreVerdict::taken;
constexpr IgnoreVerdict k_unmentioned = IgnoreVerdict::unmentioned;

class IgnoreFile : public testing::TestWithParam<RuleCase> {};

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
        RuleCase{"", "a", k_file, k_unmentioned}, RuleCase{"a.png", "x/a.png", k_file, k_ignored},
        RuleCase{"*.png\n!keep.png", "keep.png", k_file, k_taken}, RuleCase{"!a\na", "a", k_file, k_ignored},
        RuleCase{"/a", "a", k_file, k_ignored}, RuleCase{"/a", "x/a", k_file, k_unmentioned},
        RuleCase{"x/a", "x/a", k_file, k_ignored}, RuleCase{"x/a", "w/x/a", k_file, k_unmentioned},
        RuleCase{"build/", "x/build", k_folder, k_ignored},
        RuleCase{"build/", "build", k_file, k_unmentioned},
        RuleCase{"x/build/", "x/build", k_folder, k_ignored},
        RuleCase{"x/build/", "w/x/build", k_folder, k_unmentioned},
        RuleCase{"x/*", "x", k_folder, k_unmentioned}, RuleCase{"x/*", "x/y", k_folder, k_ignored},
        RuleCase{"**/x/a", "w/x/a", k_file, k_ignored}, RuleCase{"x/**", "x/y/a", k_file, k_ignored},
        RuleCase{"# a\na", "# a", k_file, k_unmentioned}, RuleCase{"\\#a", "#a", k_file, k_ignored},
        RuleCase{"\\!a", "!a", k_file, k_ignored}, RuleCase{"a  ", "a", k_file, k_ignored},
        RuleCase{"a\\ ", "a ", k_file, k_ignored}, RuleCase{"a\\  ", "a ", k_file, k_ignored},
        RuleCase{"a\\\\ ", "a\\", k_file, k_ignored}, RuleCase{" a", " a", k_file, k_ignored},
        RuleCase{"a\r\nb\r\n", "a", k_file, k_ignored},
        RuleCase{"\xEF\xBB\xBF"
                 "a",
                 "a", k_file, k_ignored},
        RuleCase{"a//", "a", k_folder, k_unmentioned}, RuleCase{"a//", "a/b", k_folder, k_unmentioned},
        RuleCase{"{a,b}", "a", k_file, k_unmentioned}, RuleCase{"{a,b}", "{a,b}", k_file, k_ignored},
        RuleCase{"[a\na\\\n/\n!\n   ", "[a", k_file, k_unmentioned},
        RuleCase{"./a", "a", k_file, k_unmentioned}));

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
