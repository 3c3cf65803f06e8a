#include "tool/account/report_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "tool/text/human_text.hpp"

namespace imgopt {
namespace {

using testing::HasSubstr;
using testing::Not;

Report report_of(const std::vector<std::pair<std::string, std::uint64_t>>& sources) {
  Report report;
  for (const auto& [source, bytes] : sources) {
    ReportedOutput output;
    output.path = source;
    output.format = "webp";
    output.status = "encoded";
    output.bytes = bytes / 3;
    ReportedImage image;
    image.source = source;
    image.status = "ok";
    image.bytes = bytes;
    image.outputs.push_back(std::move(output));
    report.images.push_back(std::move(image));
  }
  return report;
}

std::string text_of(const Report& report, std::optional<std::size_t> columns = {}) {
  return report_text(report, totals_of(report), nullptr, {columns});
}

// Lines of groups, which have an arrow and are indented.
std::vector<std::string> group_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    if (line.starts_with("  ") && line.find("->") != std::string::npos)
      lines.push_back(line);
  return lines;
}

// Where the arrows stand, in columns.
std::set<std::size_t> arrow_columns(const std::vector<std::string>& lines) {
  std::set<std::size_t> columns;
  for (const std::string& line : lines)
    columns.insert(display_width(std::string_view(line).substr(0, line.find("->"))));
  return columns;
}

const Report& mixed() {
  static const Report report = report_of({{"a/1.png", 999},
                                          {"\xe5\x86\x99\xe7\x9c\x9f/2.png", 123'456},  // two wide characters
                                          {"cafe\xcc\x81/3.png", 5'000'000},            // a combining mark
                                          {"very/long/path/of/folders/that/goes/on/and/on/4.png", 1'000},
                                          {"k\xe9/5.png", 77}});  // no UTF-8: told as \xe9
  return report;
}

TEST(ReportText, AlignsFormatsAndFoldersWhateverTheirNames) {
  const auto lines = group_lines(text_of(mixed()));
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(arrow_columns(lines).size(), 1u) << text_of(mixed());
  EXPECT_THAT(text_of(mixed()), HasSubstr("very/long/path/of/folders/that/goes/on/and/on "));
}

TEST(ReportText, FitsItsGroupsIntoATerminal) {
  for (std::size_t columns = 36; columns < 120; ++columns) {
    const auto lines = group_lines(text_of(mixed(), columns));
    ASSERT_EQ(lines.size(), 6u);
    EXPECT_EQ(arrow_columns(lines).size(), 1u) << columns;
    for (const std::string& line : lines)
      EXPECT_LE(display_width(line), columns) << line;
  }
  EXPECT_THAT(text_of(mixed(), 60), HasSubstr("outputs"));
  EXPECT_THAT(text_of(mixed(), 36), Not(HasSubstr("that/goes"))) << "cut in front";
}

TEST(ReportText, PutsNamesOfChangesLastAndKeepsTheirEnds) {
  const Report before = report_of({{"a.png", 300}, {"folder/with/a/long/name/b.png", 30'000}});
  const Report after = report_of({{"a.png", 3'000}, {"folder/with/a/long/name/b.png", 60'000}});
  const ReportDifference difference = difference_between(before, after);
  const std::string text = report_text(after, totals_of(after), &difference, {48});
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("    ")) {
      EXPECT_LE(display_width(line), 48u) << line;
    }
  }
  EXPECT_THAT(text, HasSubstr("  +10.0 kB   10.0 kB ->  20.0 kB  "));
  EXPECT_THAT(text, HasSubstr("name/b.png\n"));
}

}  // namespace
}  // namespace imgopt
