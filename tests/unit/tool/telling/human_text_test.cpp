#include "tool/text/human_text.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace imgopt {
namespace {

TEST(HumanText, BytesHaveThreeDigitsAndDecimalUnits) {
  for (const auto& [bytes, text] : {std::pair<std::uint64_t, const char*>{0, "0 B"},
                                    {999, "999 B"},
                                    {1000, "1.00 kB"},
                                    {9994, "9.99 kB"},
                                    {9996, "10.0 kB"},
                                    {99'960, "100 kB"},
                                    {999'499, "999 kB"},
                                    {999'500, "1.00 MB"},
                                    {34'100'000, "34.1 MB"},
                                    {UINT64_MAX, "18.4 EB"}})
    EXPECT_EQ(human_bytes(bytes), text) << bytes;
}

TEST(HumanText, DurationsGrowCoarser) {
  for (const auto& [seconds, text] : {std::pair<double, const char*>{0.0, "0.00 s"},
                                      {0.021, "0.02 s"},
                                      {9.994, "9.99 s"},
                                      {9.996, "10.0 s"},
                                      {59.96, "1 min 00 s"},
                                      {65, "1 min 05 s"},
                                      {3599.6, "1 h 00 min"},
                                      {7380, "2 h 03 min"},
                                      {-1, "0.00 s"}})
    EXPECT_EQ(human_duration(std::chrono::duration<double>(seconds)), text) << seconds;
}

TEST(HumanText, ChangeSaysDirection) {
  EXPECT_EQ(human_change(1000, 388), "61.2% smaller");
  EXPECT_EQ(human_change(1000, 1031), "3.1% larger");
  EXPECT_EQ(human_change(5, 5), "the same size");
  EXPECT_EQ(human_change(0, 5), "the same size");
}

TEST(HumanText, NamesCannotSteerATerminal) {
  EXPECT_EQ(printable("a\x1b[2Jb\nc"), "a\\x1b[2Jb\\x0ac");
  EXPECT_EQ(printable("caf\xC3\xA9"), "caf\xC3\xA9");
  EXPECT_EQ(printable("\xFF"), "\\xff");
  EXPECT_EQ(printable("\xC2\x9B"), "\\xc2\\x9b");           // C1: control sequence introducer
  EXPECT_EQ(printable("\xE2\x80\xAE"), "\\xe2\\x80\\xae");  // right-to-left override
}

TEST(HumanText, WidthCountsColumns) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("\xE6\x97\xA5\xE6\x9C\xAC"), 4U);  // two ideographs
  EXPECT_EQ(display_width("e\xCC\x81"), 1U);                 // combining acute
  EXPECT_EQ(display_width("\xF0\x9F\x98\x80"), 2U);          // emoji
}

TEST(HumanText, LongPathsLoseTheirStart) {
  EXPECT_EQ(end_within("photos/summer/a.jpg", 19), "photos/summer/a.jpg");
  EXPECT_EQ(end_within("photos/summer/a.jpg", 7), "\xE2\x80\xA6/a.jpg");
  EXPECT_EQ(end_within("abc", 0), "");
  EXPECT_LE(display_width(end_within("\xE6\x97\xA5\xE6\x9C\xAC\xE6\x97\xA5", 4)), 4U);
}

}  // namespace
}  // namespace imgopt
