#include "tool/settings/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

#include "tests/unit/tool/options/case_name.hpp"

namespace imgopt {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Result<CommandLine> parse(std::initializer_list<const char*> words) {
  return parse_command_line(std::span<const char* const>(words.begin(), words.size()));
}

std::string value_of(const CommandLine& line, OptionId id) {
  const LayerEntry* entry = line.layer.find(id);
  if (entry == nullptr)
    return "(none)";
  std::string text;
  for (const OptionValue& value : entry->values)
    text += (text.empty() ? "" : " ") + value_text(option(id), value);
  return text;
}

TEST(CommandLine, SplitsSourcesFromOptions) {
  const auto line = parse({"build", "a", "--out", "dir", "b c", "--quality=80", "-j2", "-qn", "--format",
                           "webp", "--format", "avif", "--lossless"});
  ASSERT_TRUE(line) << line.error().message;
  EXPECT_EQ(line->command, Command::build);
  EXPECT_THAT(line->arguments, ElementsAre("a", "b c"));
  EXPECT_EQ(value_of(*line, OptionId::out), "dir");
  EXPECT_EQ(value_of(*line, OptionId::quality), "80");
  EXPECT_EQ(value_of(*line, OptionId::jobs), "2");
  EXPECT_EQ(value_of(*line, OptionId::quiet), "yes");
  EXPECT_EQ(value_of(*line, OptionId::dry_run), "yes");
  EXPECT_EQ(value_of(*line, OptionId::format), "webp avif");
  EXPECT_EQ(value_of(*line, OptionId::lossless), "yes");
  EXPECT_EQ(value_of(*line, OptionId::verbose), "(none)");
  EXPECT_EQ(line->layer.find(OptionId::out)->place, "--out");
  EXPECT_EQ(line->layer.name(), "command line");
}

TEST(CommandLine, EndsOptionsAtTwoDashes) {
  const auto line = parse({"build", "--out", "o", "--", "--quality", "-x"});
  ASSERT_TRUE(line) << line.error().message;
  EXPECT_THAT(line->arguments, ElementsAre("--quality", "-x"));
}

TEST(CommandLine, LetsTheLastOneWin) {
  const auto line = parse({"build", "--out", "a", "--out", "b", "--effort=1", "--effort=9", "-q", "-q"});
  ASSERT_TRUE(line) << line.error().message;
  EXPECT_EQ(value_of(*line, OptionId::out), "b");
  EXPECT_EQ(value_of(*line, OptionId::effort), "9");
}

TEST(CommandLine, UndoesFlags) {
  EXPECT_EQ(value_of(*parse({"build", "--no-hidden"}), OptionId::hidden), "no");
  EXPECT_EQ(value_of(*parse({"build", "--hidden=no"}), OptionId::hidden), "no");
  EXPECT_EQ(value_of(*parse({"build", "--hidden=yes"}), OptionId::hidden), "yes");
  EXPECT_EQ(value_of(*parse({"build", "--hidden", "--no-hidden"}), OptionId::hidden), "no");
  EXPECT_EQ(value_of(*parse({"build", "--no-hidden", "--hidden"}), OptionId::hidden), "yes");
  EXPECT_EQ(value_of(*parse({"build", "--no-ignore=no"}), OptionId::no_ignore), "no");
  EXPECT_EQ(value_of(*parse({"build", "--no-lossless"}), OptionId::lossless), "no");
  EXPECT_EQ(parse({"build", "--hidden=maybe"}).error().message,
            "--hidden: expected yes or no, not \"maybe\"");
  EXPECT_FALSE(parse({"build", "--no-quality"}));
  EXPECT_FALSE(parse({"compare", "a", "b", "--no-hidden"}));
  EXPECT_THAT(parse({"build", "--", "--hidden=no"})->arguments, ElementsAre("--hidden=no"));
}

TEST(CommandLine, TakesAValueThatLooksLikeAnOptionAfterAnEqualsSign) {
  const auto line = parse({"build", "--out=--odd"});
  ASSERT_TRUE(line) << line.error().message;
  EXPECT_EQ(value_of(*line, OptionId::out), "--odd");
}

TEST(CommandLine, KnowsEveryCommand) {
  EXPECT_THAT(parse({"compare", "a.png", "b.png", "--json"})->arguments, ElementsAre("a.png", "b.png"));
  EXPECT_EQ(parse({"cache", "clear"})->cache_action, CacheAction::clear);
  EXPECT_EQ(parse({"cache", "gc", "--older-than", "30d", "--dry-run"})->cache_action, CacheAction::gc);
  EXPECT_EQ(parse({"cache", "verify", "--fix"})->cache_action, CacheAction::verify);
  EXPECT_EQ(parse({"cache", "stats", "--cache-dir", "x"})->cache_action, CacheAction::stats);
  EXPECT_THAT(parse({"cache", "stats"})->arguments, IsEmpty());
  EXPECT_EQ(parse({"config", "--show", "a.png"})->command, Command::config);
  EXPECT_EQ(parse({"doctor"})->command, Command::doctor);
  EXPECT_EQ(parse({"--version"})->command, Command::version);
  EXPECT_EQ(parse({"version", "--json"})->command, Command::version);
  EXPECT_EQ(parse({"build"})->command, Command::build);
}

TEST(CommandLine, TurnsEveryWayToAskForHelpIntoHelp) {
  const auto topic = [](std::initializer_list<const char*> words) {
    const auto line = parse(words);
    EXPECT_TRUE(line) << line.error().message;
    EXPECT_EQ(line->command, Command::help);
    return line->help_topic;
  };
  EXPECT_EQ(topic({"--help"}), "");
  EXPECT_EQ(topic({"-h"}), "");
  EXPECT_EQ(topic({"help"}), "");
  EXPECT_EQ(topic({"help", "quality"}), "quality");
  EXPECT_EQ(topic({"help", "--help"}), "");
  EXPECT_EQ(topic({"build", "--help"}), "build");
  EXPECT_EQ(topic({"compare", "-h"}), "compare");
  EXPECT_EQ(topic({"cache", "stats", "--help"}), "cache");
  EXPECT_EQ(topic({"build", "--effort", "99", "--help"}), "build");
}

std::string every_command() {
  std::string names;
  for (const CommandSpec& spec : command_table())
    names.append(names.empty() ? "" : ", ").append(spec.name);
  return names;
}

struct WrongUse {
  std::vector<const char*> words;
  std::string message;
};
void PrintTo(const WrongUse& c, std::ostream* out) {
  *out << case_name(c.message);
}
class WrongUses : public testing::TestWithParam<WrongUse> {};

TEST_P(WrongUses, AreAnsweredInOneSentence) {
  const auto line = parse_command_line(GetParam().words);
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(line.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    OfEveryKind, WrongUses,
    testing::Values(
        WrongUse{{}, "a command is missing; `imgopt --help` lists them"},
        WrongUse{{"biuld", "x"}, "unknown command biuld; did you mean build?"},
        WrongUse{{"frobnicate"},
                 "unknown command frobnicate; to optimize images: imgopt build SOURCE --out DIR"},
        WrongUse{{"--jobs", "3"}, "expected a command before --jobs: " + every_command()},
        WrongUse{{"build", "--qualty", "3"}, "unknown option --qualty; did you mean --quality?"},
        WrongUse{{"build", "--qualty=3"}, "unknown option --qualty; did you mean --quality?"},
        WrongUse{{"build", "--max_bytes=3"}, "unknown option --max_bytes; did you mean --max-bytes?"},
        WrongUse{{"build", "--qual", "3"}, "unknown option --qual; did you mean --quality?"},
        WrongUse{{"build", "--width", "1,2"},
                 "--width: expected a number from 1 to 65535, not \"1,2\"; give --width once for each"},
        WrongUse{{"build", "--frobnicate"}, "unknown option --frobnicate"},
        WrongUse{{"build", "-z"}, "unknown option -z"},
        WrongUse{{"build", "--max-cache-sise", "3"},
                 "unknown option --max-cache-sise; did you mean --max-cache-size?"},
        WrongUse{{"build", "--out"}, "--out: expected a path that is not empty, but there is nothing"},
        WrongUse{{"build", "--out="}, "--out: expected a path that is not empty, but there is nothing"},
        WrongUse{{"build", "-j"}, "--jobs: expected a number from 1 to 1024, but there is nothing"},
        WrongUse{{"build", "--out", "--quiet"},
                 "--out: expected a path that is not empty, but --quiet follows; if that is meant, write "
                 "--out=--quiet"},
        WrongUse{{"build", "--lossless=sure"}, "--lossless: expected yes or no, not \"sure\""},
        WrongUse{{"build", "--effort", "12"}, "--effort: expected a number from 0 to 9, not \"12\""},
        WrongUse{{"build", "--role", "colour"},
                 "--role: expected color, normal, mask, data, ui or pixel-art, not \"colour\"; did you mean "
                 "color?"},
        WrongUse{{"build", "--format", "bmp"},
                 "--format: expected keep, png, jpeg, webp, avif, jxl, gif, tiff or auto, not "
                 "\"bmp\""},
        WrongUse{{"build", "--width", "3", "--resize", "4"}, "--width and --resize exclude each other"},
        WrongUse{{"compare", "a"}, "compare needs two images, not 1"},
        WrongUse{{"compare", "a", "b", "c"}, "compare needs two images, not 3"},
        WrongUse{{"compare", "a", "b", "--width", "3"}, "compare does not take --width"},
        WrongUse{{"cache"}, "cache needs stats, verify, gc or clear"},
        WrongUse{{"cache", "stat"}, "cache knows stats, verify, gc and clear, not stat; did you mean stats?"},
        WrongUse{{"cache", "stats", "--fix"}, "cache stats does not take --fix"},
        WrongUse{{"cache", "clear", "--dry-run"}, "cache clear does not take --dry-run"},
        WrongUse{{"cache", "verify", "--older-than", "3d"}, "cache verify does not take --older-than"},
        WrongUse{{"cache", "gc", "--older-than", "3"},
                 "--older-than: expected a time such as 12h, 30d or 8w, not \"3\""},
        WrongUse{{"build", "--fix"}, "build does not take --fix"},
        WrongUse{{"cache", "clear", "all"}, "cache clear takes no further argument, such as all"},
        WrongUse{{"doctor", "x"}, "doctor takes no argument, such as x"},
        WrongUse{{"--version", "x"}, "version takes no argument, such as x"},
        WrongUse{{"help", "a", "b"}, "help takes one topic"}));

// Boost could be talked into throwing on these; nothing may leave the parser but a Result.
TEST(CommandLine, SurvivesOddWords) {
  for (const char* word :
       {"", "-", "--", "---", "--=", "--=x", "-=", "--out=", "-o", "-j=", "--\xff", "-\xff", "\n"})
    (void)parse({"build", word});
}

}  // namespace
}  // namespace imgopt
