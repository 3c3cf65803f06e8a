// Manual page and completions name every command and every option.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tool/help/completions.hpp"
#include "tool/help/man_page.hpp"
#include "tool/settings/option_table.hpp"

namespace imgopt {
namespace {

using testing::HasSubstr;

// As the manual page writes dashes.
std::string in_roff(std::string_view name) {
  std::string out;
  for (const char c : name)
    out += c == '-' ? std::string("\\-") : std::string(1, c);
  return out;
}

TEST(ManPage, NamesEveryOptionWithItsLetterAndChoices) {
  const std::string page = man_page("0.1.0");
  for (const OptionSpec& spec : option_table()) {
    EXPECT_THAT(page, HasSubstr("\\fB\\-\\-" + in_roff(spec.name) + "\\fR")) << spec.name;
    if (spec.short_name != 0) {
      EXPECT_THAT(page, HasSubstr(std::string("\\fB\\-") + spec.short_name + "\\fR, "));
    }
    for (const Choice& choice : spec.choices)
      EXPECT_THAT(page, HasSubstr("\\fB" + in_roff(choice.name) + "\\fR")) << spec.name;
  }
  for (const CommandSpec& command : command_table())
    EXPECT_THAT(page, HasSubstr("\\fBimgopt " + in_roff(command.name) + "\\fR"));
}

TEST(ManPage, NoLineOfTextBeginsWithAMacroOrHoldsABareBackslash) {
  const std::string page = man_page("0.1.0");
  std::size_t begin = 0;
  while (begin < page.size()) {
    const std::size_t end = page.find('\n', begin);
    const std::string line = page.substr(begin, end - begin);
    begin = end + 1;
    if (line.starts_with('.')) {
      EXPECT_THAT(line, testing::MatchesRegex("\\.(TH|SH|SS|PP|TP|IP|RS|RE|nf|fi|\\\\\")( .*)?")) << line;
    }
    for (std::size_t at = line.find('\\'); at != std::string::npos; at = line.find('\\', at + 2))
      EXPECT_NE(std::string("-ef&\"").find(line[at + 1]), std::string::npos) << line;
  }
}

TEST(Completions, NameEveryOptionInEveryShell) {
  const std::string bash = bash_completion();
  const std::string zsh = zsh_completion();
  const std::string fish = fish_completion();
  for (const OptionSpec& spec : option_table()) {
    const std::string name(spec.name);
    EXPECT_THAT(bash, HasSubstr("--" + name)) << name;
    EXPECT_THAT(zsh, testing::AnyOf(HasSubstr("--" + name + "["), HasSubstr("--" + name + "=["))) << name;
    EXPECT_THAT(fish, HasSubstr(" -l " + name + " ")) << name;
    for (const Choice& choice : spec.choices)
      for (const std::string& text : {bash, zsh, fish})
        EXPECT_THAT(text, HasSubstr(std::string(choice.name))) << name;
  }
  for (const CommandSpec& command : command_table())
    for (const std::string& text : {bash, zsh, fish})
      EXPECT_THAT(text, HasSubstr(std::string(command.name)));
}

}  // namespace
}  // namespace imgopt
