#include "tool/text/json_text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace imgopt {
namespace {

// The rule in the header, backwards.
std::string original(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text.compare(at, 3, "\xEF\xBF\xBD") == 0) {
      out.push_back(static_cast<char>(std::stoi(text.substr(at + 3, 2), nullptr, 16)));
      at += 5;
    } else {
      out.push_back(text[at++]);
    }
  }
  return out;
}

struct Case {
  const char* name;
  std::string bytes;
};

class JsonText : public testing::TestWithParam<Case> {};

TEST_P(JsonText, ParsesAndGivesItsBytesBack) {
  std::string quoted;
  append_json_string(quoted, GetParam().bytes);
  const std::string parsed = nlohmann::json::parse(quoted).get<std::string>();
  EXPECT_EQ(parsed, json_text(GetParam().bytes));
  EXPECT_EQ(original(parsed), GetParam().bytes);
}

INSTANTIATE_TEST_SUITE_P(
    Names, JsonText,
    testing::Values(Case{"Empty", ""}, Case{"Ascii", "a/b.png"}, Case{"Quotes", "a\"b\\c"},
                    Case{"Controls", std::string("\x00\x01\n\x1F\x7F", 5)}, Case{"Latin", "\xC3\xA9"},
                    Case{"Emoji", "\xF0\x9F\x98\x80"}, Case{"LastCodePoint", "\xF4\x8F\xBF\xBF"},
                    Case{"Replacement",
                         "\xEF\xBF\xBD"
                         "41"},
                    Case{"LoneByte", "\xFF"}, Case{"CutShort", "x\xE2\x82"}, Case{"CutByAscii", "\xE2\x82x"},
                    Case{"Overlong", "\xC0\xAF\xE0\x80\xAF\xF0\x80\x80\xAF"},
                    Case{"Surrogate", "\xED\xA0\x80"}, Case{"BeyondUnicode", "\xF4\x90\x80\x80\xF8"}),
    [](const auto& each) { return each.param.name; });

TEST(JsonTextRule, ValidNamesStandAsTheyAre) {
  EXPECT_EQ(json_text("caf\xC3\xA9 \xE2\x82\xAC"), "caf\xC3\xA9 \xE2\x82\xAC");
}

TEST(JsonTextRule, DifferentNamesStayDifferent) {
  EXPECT_NE(json_text("\xFE"), json_text("\xFF"));
  EXPECT_NE(json_text("\xFF"), json_text("\xEF\xBF\xBD"
                                         "ff"));
}

}  // namespace
}  // namespace imgopt
