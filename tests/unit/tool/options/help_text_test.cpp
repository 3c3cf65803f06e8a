#include "tool/help/help_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <vector>

#include "tool/help/help_topics.hpp"

namespace imgopt {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> all_texts() {
  std::vector<std::string> texts = {overview_text()};
  for (const CommandSpec& command : command_table())
    texts.push_back(command_help(command.command));
  for (const HelpTopic& topic : help_topics())
    texts.push_back(topic_text(topic));
  return texts;
}

TEST(HelpText, FitsIntoEightyColumns) {
  for (const std::string& text : all_texts()) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(line.size(), 80u) << line;
      EXPECT_FALSE(line.ends_with(' ')) << line;
    }
    EXPECT_TRUE(text.ends_with('\n'));
  }
}

TEST(HelpText, ListsEveryOptionOfACommandAndNoOther) {
  for (const CommandSpec& command : command_table()) {
    const std::string text = command_help(command.command);
    for (const OptionSpec& spec : option_table()) {
      const std::string line = "--" + std::string(spec.name);
      bool listed = false;
      for (const char* before : {"  ", ", ", ",\n  "})
        for (const char* after : {"\n", " ", "[=", ","})
          listed = listed || text.find(before + line + after) != std::string::npos;
      EXPECT_EQ(listed, accepts(spec, command.command)) << command.name << " " << line;
    }
  }
}

TEST(HelpText, ShowsChoicesLettersAndDefaults) {
  const std::string text = command_help(Command::build);
  EXPECT_THAT(text, HasSubstr("--role color|normal|mask|data|ui|pixel-art\n"));
  EXPECT_THAT(text, HasSubstr("-o, --out DIR\n"));
  EXPECT_THAT(text, HasSubstr("Default: 5."));
  EXPECT_THAT(text, AllOf(HasSubstr("Default: jpeg 80, webp 80,"), HasSubstr("avif 60, jxl 80.\n")));
  EXPECT_THAT(command_help(Command::compare), Not(HasSubstr("--width")));
}

TEST(HelpText, OverviewKeepsTheFirstWordBesideALongName) {
  const std::string text = overview_text();
  for (const CommandSpec& command : command_table())
    EXPECT_THAT(text, HasSubstr(" " + std::string(command.summary.substr(0, command.summary.find(' ')))))
        << command.name;
}

TEST(HelpText, OverviewNamesEveryCommandAndTopic) {
  const std::string text = overview_text();
  for (const CommandSpec& command : command_table())
    EXPECT_THAT(text, HasSubstr("  " + std::string(command.name)));
  for (const HelpTopic& topic : help_topics())
    EXPECT_THAT(text, HasSubstr("  " + std::string(topic.name)));
}

TEST(HelpTopics, AreFoundByNameCommandsToo) {
  EXPECT_EQ(help_topic("").value(), overview_text());
  EXPECT_EQ(help_topic("build").value(), command_help(Command::build));
  EXPECT_THAT(help_topic("exit-status").value(), HasSubstr("130  interrupted"));
  EXPECT_THAT(help_topic("formats").value(), HasSubstr("avif  smallest photographs"));
}

TEST(HelpTopics, TellOfACommandThatIsOneBoth) {
  const std::string text = help_topic("cache").value();
  EXPECT_THAT(text, HasSubstr("Every finished output is kept under a key"));
  EXPECT_THAT(text, HasSubstr(command_help(Command::cache)));
}

TEST(HelpText, TellsOfBuildsOptionsOnce) {
  const std::string text = command_help(Command::explain);
  EXPECT_THAT(text, HasSubstr("\n  --all\n"));
  EXPECT_THAT(text, HasSubstr("--quality, "));
  EXPECT_THAT(text, Not(HasSubstr("SSIMULACRA")));
}

TEST(HelpTopics, RefusesAnUnknownOneWithTheNearest) {
  const auto text = help_topic("qualtiy");
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, ErrorCode::invalid_argument);
  std::string topics;
  for (const HelpTopic& topic : help_topics())
    topics.append(topics.empty() ? "" : ", ").append(topic.name);
  EXPECT_EQ(text.error().message, "unknown topic qualtiy: there are " + topics +
                                      ", the commands and the options; did you mean quality?");
}

TEST(HelpTopics, AreAlsoTheOptionsAndTheFormats) {
  EXPECT_THAT(help_topic("width").value(), HasSubstr("--width N\n"));
  EXPECT_EQ(help_topic("webp").value(), help_topic("formats").value());
}

}  // namespace
}  // namespace imgopt
