#include "tool/settings/config_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

#include "tests/unit/tool/options/case_name.hpp"

namespace imgopt {
namespace {

using testing::HasSubstr;

TEST(ConfigJson, KnowsTheLineOfEveryKeyAndValue) {
  const auto root = parse_config_json(
      "// a comment\n{\n  \"a\": 1,\n  \"b\": [2,\n 30\n, \"x\"],\n /* two\n lines */ \"c\":\n   {\"d\": "
      "true}}\n",
      "f");
  ASSERT_TRUE(root) << root.error().message;
  EXPECT_EQ(root->line, 2u);
  ASSERT_EQ(root->members.size(), 3u);
  EXPECT_EQ(root->members[0].line, 3u);
  EXPECT_EQ(root->members[0].value.line, 3u);
  const JsonValue& list = root->members[1].value;
  ASSERT_EQ(list.items.size(), 3u);
  EXPECT_EQ(list.line, 4u);
  EXPECT_EQ(list.items[0].line, 4u);
  EXPECT_EQ(list.items[1].line, 5u);  // the line break right after the number is not its own
  EXPECT_EQ(list.items[2].line, 6u);
  EXPECT_EQ(root->members[2].line, 8u);
  EXPECT_EQ(root->members[2].value.line, 9u);
  EXPECT_EQ(root->members[2].value.members[0].value.text, "yes");
}

TEST(ConfigJson, KeepsNumbersAsTheyWereWritten) {
  const auto root = parse_config_json("[80, -3, 2.50, 1e3, 18446744073709551616]", "f");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->items[0].text, "80");
  EXPECT_EQ(root->items[1].text, "-3");
  EXPECT_EQ(root->items[2].text, "2.50");
  EXPECT_EQ(root->items[3].text, "1e3");
  EXPECT_EQ(root->items[4].text, "18446744073709551616");
}

TEST(ConfigJson, TakesASingleNumberAtTheVeryEnd) {
  const auto root = parse_config_json("\n\n7", "f");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->line, 3u);
  EXPECT_EQ(root->text, "7");
}

struct Fault {
  std::string text;
  std::string place;
  std::string reason;
};
void PrintTo(const Fault& c, std::ostream* out) {
  *out << case_name(c.text);
}
class NoJson : public testing::TestWithParam<Fault> {};

TEST_P(NoJson, IsRefusedWithLineAndColumn) {
  const auto root = parse_config_json(GetParam().text, "imgopt.json");
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error().code, ErrorCode::invalid_config);
  EXPECT_TRUE(root.error().message.starts_with(GetParam().place + ": ")) << root.error().message;
  EXPECT_THAT(root.error().message, HasSubstr(GetParam().reason));
  EXPECT_EQ(root.error().message.find('\n'), std::string::npos);
  EXPECT_EQ(root.error().message.find("json.exception"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    OfEveryKind, NoJson,
    testing::Values(Fault{"", "imgopt.json:1", "the file is empty"},
                    Fault{" \n\t\n", "imgopt.json:1", "empty"},
                    Fault{"{\n  \"a\": 1,\n}", "imgopt.json:3:1",
                          "a comma stands before the closing bracket"},
                    Fault{"[1, ]", "imgopt.json:1:5", "a comma stands before the closing bracket"},
                    Fault{"{\n  \"a\" 1\n}", "imgopt.json:2:7", "expected ':'"},
                    Fault{"{\n  a: 1\n}", "imgopt.json:2:3", "this is not JSON"},
                    Fault{"{\"a\": 1} x", "imgopt.json:1:10", "expected end of input"},
                    Fault{"{\"a\": [1, 2", "imgopt.json:1:12", "unexpected end of input"},
                    Fault{"{\"a\": \"x\ny\"}", "imgopt.json:1:9", "control character"},
                    Fault{"{\"a\": 'x'}", "imgopt.json:1:7", "this is not JSON"},
                    Fault{"{\"a\": \"\xff\"}", "imgopt.json:1:8", "UTF-8"},
                    Fault{"{} /* open", "imgopt.json:1:11", "comment"},
                    Fault{"{\n\"a\": 1,\n\"b\": 2,\n\"a\": 3}", "imgopt.json:4",
                          "\"a\" is given twice; line 2 has it already"},
                    Fault{"{\"x\": {\"a\": 1,\n\"a\": 1}}", "imgopt.json:2", "given twice; line 1"},
                    Fault{std::string(40, '['), "imgopt.json:1", "nested more than 32 levels"},
                    Fault{std::string(100000, '['), "imgopt.json:1", "nested more than 32 levels"}));

TEST(ConfigJson, AllowsOneKeyInTwoObjects) {
  EXPECT_TRUE(parse_config_json(R"([{"a": 1}, {"a": 2}, {"b": {"a": 3}, "a": 4}])", "f"));
}

TEST(ConfigJson, SurvivesEveryTruncation) {
  const std::string text =
      R"({"sources": ["a", "\u00e9"], /* c */ "quality": {"default": 80.5, "avif": null}, "x": [true, -1e5]})";
  for (std::size_t length = 0; length < text.size(); ++length)
    EXPECT_FALSE(parse_config_json(std::string_view(text).substr(0, length), "f")) << length;
  EXPECT_TRUE(parse_config_json(text, "f"));
}

// Looking through all earlier keys for each would take minutes here.
TEST(ConfigJson, ReadsAnObjectOfAHundredThousandKeys) {
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i)
    text += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":1";
  EXPECT_EQ(parse_config_json(text + "}", "f")->members.size(), 100'000u);
  const auto twice = parse_config_json(text + ",\n\"k7\":1}", "f");
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().message, "f:2: \"k7\" is given twice; line 1 has it already");
}

}  // namespace
}  // namespace imgopt
