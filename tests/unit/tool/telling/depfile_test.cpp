#include "tool/account/depfile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace imgopt {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string depfile_of(const std::vector<std::string>& names) {
  return depfile_text("/b/s.stamp", names);
}

TEST(Depfile, NamesTargetAndEveryPrerequisite) {
  EXPECT_EQ(depfile_of({"/a.png", "/b"}), "/b/s.stamp: \\\n  /a.png \\\n  /b\n");
}

TEST(Depfile, EmptyListNamesWhatIsAlwaysThere) {
  EXPECT_EQ(depfile_of({}), "/b/s.stamp: \\\n  /usr\n");
}

struct Escape {
  const char* name;
  std::string path;
  std::string written;
};

class DepfileEscape : public testing::TestWithParam<Escape> {};

TEST_P(DepfileEscape, IsWhatReadersTakeForTheName) {
  EXPECT_EQ(depfile_of({GetParam().path, "/z"}), "/b/s.stamp: \\\n  " + GetParam().written + " \\\n  /z\n");
  EXPECT_THAT(depfile_text(GetParam().path, {}), HasSubstr(GetParam().written + ": "));
}

INSTANTIATE_TEST_SUITE_P(Names, DepfileEscape,
                         testing::Values(Escape{"Space", "/a b", "/a\\ b"}, Escape{"Hash", "/a#b", "/a\\#b"},
                                         Escape{"Dollar", "/a$b", "/a$$b"}, Escape{"Bar", "/a|b", "/a\\|b"},
                                         Escape{"Backslash", "/a\\b", "/a\\b"},
                                         Escape{"BackslashesBeforeSpace", "/a\\\\ b", "/a\\\\\\\\\\ b"},
                                         Escape{"BackslashAtTheEnd", "/a\\", "/a\\\\"},
                                         Escape{"Brackets", "/a[1](%)~!", "/a[1](%)~!"},
                                         Escape{"Utf8", "/\xC3\xA9", "/\xC3\xA9"}),
                         [](const auto& each) { return each.param.name; });

TEST(Depfile, NamesWithControlCharactersAreLeftOut) {
  EXPECT_EQ(depfile_of({"/a\nb", "/c\td", "", "/e"}), "/b/s.stamp: \\\n  /e\n");
  EXPECT_EQ(depfile_of({"/a\nb"}), "/b/s.stamp: \\\n  /usr\n");
}

TEST(Depfile, NamesThatMakeStopsAtOrRunsAreLeftOut) {
  EXPECT_EQ(depfile_of({"/a:b", "/a := b", "/a;touch b", "/a ", "/a\\=b", "/a (1)", "/(1)", "/e"}),
            "/b/s.stamp: \\\n  /e\n");
  EXPECT_EQ(depfile_of({"/a (1)/", "/a (1).png", "/a)", "/a()"}),
            "/b/s.stamp: \\\n  /a\\ (1)/ \\\n  /a\\ (1).png \\\n  /a) \\\n  /a()\n");
}

TEST(Depfile, FirstPrerequisiteIsNoVariableOfMake) {
  EXPECT_EQ(depfile_of({"/a=b", "/c"}), "/b/s.stamp: \\\n  /c \\\n  /a=b\n");
  EXPECT_EQ(depfile_of({"/a=b"}), "/b/s.stamp: \\\n  /usr \\\n  /a=b\n");
}

TEST(DepfileNames, ThoseThatReadersGetWrongAreTold) {
  const std::vector<std::string> names = {"/fine [1] (2) %~=@,+!{}.png",
                                          "/\xC3\xA9",
                                          "/a#",
                                          "/a$",
                                          "/a'",
                                          "/a&",
                                          "/a;",
                                          "/a*",
                                          "/a\\b",
                                          "/a:b",
                                          "/a (1)",
                                          "/a ",
                                          "/a\nb",
                                          "/a\x7F"};
  EXPECT_THAT(names_beyond_depfiles(names), ElementsAre("/a#", "/a$", "/a'", "/a&", "/a;", "/a*", "/a\\b",
                                                        "/a:b", "/a (1)", "/a ", "/a\nb", "/a\x7F"));
}

TEST(DepfileNames, OrdinaryOnesAreNot) {
  const std::array<std::string, 2> names = {"/usr/share/x y.png", "/a-b_c.d"};
  EXPECT_THAT(names_beyond_depfiles(names), IsEmpty());
}

}  // namespace
}  // namespace imgopt
