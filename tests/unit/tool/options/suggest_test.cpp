#include "tool/text/suggest.hpp"

#include <gtest/gtest.h>

#include <array>
#include <ostream>

#include "tests/unit/tool/options/case_name.hpp"

namespace imgopt {
namespace {

constexpr std::array<std::string_view, 8> k_words = {"quality", "quiet",     "webp",     "png",
                                                     "gif",     "max-bytes", "manifest", "metadata"};

struct Spelling {
  std::string_view word;
  std::string_view nearest;  // empty: none
};
void PrintTo(const Spelling& c, std::ostream* out) {
  *out << case_name(c.word);
}

class NearestSpelling : public testing::TestWithParam<Spelling> {};

TEST_P(NearestSpelling, IsTheOneMeantOrNone) {
  EXPECT_EQ(nearest_spelling(GetParam().word, k_words).value_or(""), GetParam().nearest);
}

INSTANTIATE_TEST_SUITE_P(OfSlips, NearestSpelling,
                         testing::Values(Spelling{"qualty", "quality"}, Spelling{"Quality", "quality"},
                                         Spelling{"qaulity", "quality"}, Spelling{"webpp", "webp"},
                                         Spelling{"ewbp", "webp"}, Spelling{"maxbytes", "max-bytes"},
                                         Spelling{"qual", "quality"}, Spelling{"m", ""},
                                         Spelling{"man", "manifest"}, Spelling{"pgn", "png"},
                                         Spelling{"xyz", ""}, Spelling{"", ""}, Spelling{"zzzzzzzzzz", ""}));

TEST(Suggestion, IsAWholeClauseOrNothing) {
  EXPECT_EQ(suggestion("qualty", k_words, "--"), "; did you mean --quality?");
  EXPECT_EQ(suggestion("xyz", k_words), "");
  EXPECT_EQ(suggestion(std::string(100000, 'q'), k_words), "");
}

}  // namespace
}  // namespace imgopt
