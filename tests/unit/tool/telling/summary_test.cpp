#include "tool/account/summary.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "outcome_fixture.hpp"

namespace imgopt {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr SummaryStyle k_plain{};

TEST(Summary, RunWithNothingToDoIsOneLine) {
  EXPECT_EQ(summary_text(quiet_run(59, 9), k_plain),
            "imgopt: 59 images, 531 outputs: all up to date (0.02 s)\n");
}

TEST(Summary, RunWithoutImagesSaysSo) {
  EXPECT_EQ(summary_text(RunOutcome{}, k_plain), "imgopt: 0 images, 0 outputs: nothing to do (0.00 s)\n");
}

TEST(Summary, FirstRunCountsWhatHappened) {
  const std::string text = summary_text(small_run(), k_plain);
  EXPECT_THAT(text, HasSubstr("2 images, 3 outputs: 1 encoded, 1 from the cache, 1 failed (1.23 s)"));
  EXPECT_THAT(text, HasSubstr("1 output larger than its source"));
  EXPECT_THAT(text, HasSubstr("2 stale outputs removed"));
  EXPECT_THAT(text, HasSubstr("1 file skipped"));
  EXPECT_THAT(text, HasSubstr("1 worker crash\n"));
  EXPECT_THAT(text, HasSubstr("1 image failed"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(Summary, PercentageIsToldWhereEachImageHasOneOutput) {
  RunOutcome run = quiet_run(10, 1);
  run.summary.up_to_date = 0;
  run.summary.encoded = 10;
  EXPECT_THAT(summary_text(run, k_plain), HasSubstr("10.0 kB -> 5.00 kB (50.0% smaller)"));
  run.summary.images = 12;
  run.summary.skipped = 2;
  EXPECT_THAT(summary_text(run, k_plain), HasSubstr("(50.0% smaller)")) << "what is no image is none of them";
  run = quiet_run(10, 3);
  run.summary.up_to_date = 0;
  run.summary.encoded = 30;
  EXPECT_THAT(summary_text(run, k_plain), HasSubstr("10.0 kB -> 15.0 kB in 30 outputs"));
}

TEST(Summary, DryRunSaysWhatWouldBeDone) {
  RunOutcome run = quiet_run(10, 1);
  run.summary.up_to_date = 6;
  run.summary.would_encode = 4;
  EXPECT_EQ(summary_text(run, k_plain),
            "imgopt: 10 images, 10 outputs: 4 would be encoded, 6 up to date (0.02 s)\n");
  run.is_dry_run = true;
  run.summary.removed = 2;
  EXPECT_THAT(summary_text(run, k_plain), HasSubstr("  2 stale outputs would be removed\n"));
  run.summary.removed = 1;
  EXPECT_THAT(summary_text(run, k_plain), HasSubstr("  1 stale output would be removed\n"));
}

TEST(Summary, RemovalAloneIsTold) {
  RunOutcome run = quiet_run(2, 1);
  run.summary.removed = 1;
  EXPECT_THAT(summary_text(run, k_plain), HasSubstr("1 stale output removed"));
}

struct Remark {
  const char* name;
  std::uint64_t RunSummary::*counter;
  std::uint64_t count;
  const char* text;
};

class RemarkTest : public testing::TestWithParam<Remark> {};

TEST_P(RemarkTest, IsALineOfItsOwn) {
  RunOutcome run = quiet_run(10, 1);
  run.summary.up_to_date = 9;
  run.summary.encoded = 1;
  run.summary.*GetParam().counter = GetParam().count;
  EXPECT_THAT(summary_text(run, k_plain), testing::EndsWith(std::string("\n  ") + GetParam().text + "\n"));
}

INSTANTIATE_TEST_SUITE_P(
    Counters, RemarkTest,
    testing::Values(
        Remark{"kept", &RunSummary::kept_original, 1, "1 output is its source, already best"},
        Remark{"several_kept", &RunSummary::kept_original, 2, "2 outputs are their sources, already best"},
        Remark{"several_larger", &RunSummary::larger_than_source, 2, "2 outputs larger than their sources"},
        Remark{"lossy", &RunSummary::lossy, 1, "1 image lossy"},
        Remark{"several_lossy", &RunSummary::lossy, 2, "2 images lossy"},
        Remark{"of_others", &RunSummary::outputs_of_others, 1, "1 output of another build left out"},
        Remark{"several_of_others", &RunSummary::outputs_of_others, 2,
               "2 outputs of another build left out"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Summary, CausesThatNobodyWantedAreNamed) {
  RunOutcome run = quiet_run(10, 1);
  run.causes.push_back({"older-encoder-kept", ImageFormat::webp, "libwebp 1.2", "libwebp 1.3", 10});
  EXPECT_THAT(
      summary_text(run, k_plain),
      HasSubstr("\n  10 webp outputs: kept, though its encoder changed: libwebp 1.2 -> libwebp 1.3\n"));
  run.summary.up_to_date = 0;
  run.summary.would_encode = 10;
  run.causes = {{"imgopt", ImageFormat::png, "", "", 10}};
  EXPECT_THAT(summary_text(run, k_plain), HasSubstr("\n  10 png outputs: another version of imgopt\n"));
}

TEST(Summary, LastOutputsThatWereRemovedAreTold) {
  RunOutcome run;
  run.summary.removed = 2;
  EXPECT_EQ(summary_text(run, k_plain),
            "imgopt: 0 images, 0 outputs: nothing left to make (0.00 s)\n  2 stale outputs removed\n");
}

TEST(Summary, VerboseNamesOutputsAndTheSlowest) {
  RunOutcome run = small_run();
  for (int i = 0; i < 5; ++i) {
    OutputOutcome output = run.images[0].outputs[0];
    output.path = "slow" + std::to_string(i);
    output.cpu_us = 1'000'000 * static_cast<std::uint64_t>(i + 1);
    run.images[0].outputs.push_back(output);
  }
  const std::string text = summary_text(run, {Verbosity::verbose, Colour::no});
  EXPECT_THAT(text, HasSubstr("photos/b-64w.webp  1.00 kB -> 400 B (60.0% smaller) depth-reduced"));
  EXPECT_THAT(text, HasSubstr("skipped       notes.svg"));
  const std::string slowest = text.substr(text.find("took longest:"));
  EXPECT_LT(slowest.find("5.00 s  slow4"), slowest.find("4.00 s  slow3"));
  EXPECT_EQ(std::count(slowest.begin(), slowest.end(), '\n'), 3);
}

TEST(Summary, FirstRunTellsWhatFormatsTakeAndWhatTookLongest) {
  RunOutcome run = small_run();
  run.summary.outputs = 12;
  for (const auto& [format, bytes] :
       {std::pair{ImageFormat::avif, 3000u}, std::pair{ImageFormat::jpeg, 5000u}}) {
    OutputOutcome output = run.images[0].outputs[0];
    output.format = format;
    output.bytes = bytes;
    output.path = "slow";
    output.cpu_us = 9'000'000;
    run.images[0].outputs.push_back(output);
  }
  const std::string text = summary_text(run, k_plain);
  EXPECT_THAT(text, HasSubstr("jpeg  6.20 kB"));
  EXPECT_THAT(text, HasSubstr("avif  3.00 kB"));
  EXPECT_THAT(text, HasSubstr("took longest: 9.00 s  slow"));
  run.summary.up_to_date = 1;
  EXPECT_THAT(summary_text(run, k_plain), Not(HasSubstr("took longest")));
}

TEST(Summary, QuietSaysNothing) {
  EXPECT_EQ(summary_text(small_run(), {Verbosity::quiet, Colour::no}), "");
}

TEST(Summary, ColourIsForFailures) {
  EXPECT_THAT(summary_text(small_run(), {Verbosity::normal, Colour::yes}),
              HasSubstr("\x1b[31m1 failed\x1b[0m"));
}

TEST(Failures, AreOneLineEach) {
  EXPECT_EQ(failure_text(small_run()),
            "imgopt: warning: two builds share a state\n"
            "imgopt: a.png: cannot decode: it ends too early (to see it again: imgopt build a.png)\n");
}

TEST(Failures, OutputsWithReasonsOfTheirOwnAreNamed) {
  RunOutcome run = small_run();
  run.warnings.clear();
  run.images[1].error.clear();
  run.images[1].reproduce.clear();
  run.images[1].outputs[0].error = "cannot encode: no room";
  EXPECT_EQ(failure_text(run), "imgopt: a.png: a.png: cannot encode: no room\n");
}

TEST(Failures, PathThatTheMessageNamesIsNotRepeated) {
  RunOutcome run = small_run();
  run.warnings.clear();
  run.images[1].reproduce.clear();
  run.images[1].outputs.clear();
  run.images[1].error = "../art/a.png: cannot open: Permission denied";
  EXPECT_EQ(failure_text(run), "imgopt: ../art/a.png: cannot open: Permission denied\n");
}

TEST(Failures, ImagesNamedBeforeAreLeftOut) {
  RunOutcome run = small_run();
  run.warnings.clear();
  run.images[1].was_named = true;
  EXPECT_EQ(failure_text(run), "");
}

TEST(Failures, NamesStayOnOneLine) {
  RunOutcome run = small_run();
  run.images[1].source = "a\nb\x1b[31m.png";
  const std::string text = failure_text(run);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(ColourFor, NeedsATerminalThatWantsIt) {
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_GE(terminal, 0);
  ::setenv("TERM", "xterm", 1);
  ::unsetenv("NO_COLOR");
  EXPECT_EQ(colour_for(terminal), Colour::yes);
  ::setenv("NO_COLOR", "1", 1);
  EXPECT_EQ(colour_for(terminal), Colour::no);
  ::setenv("NO_COLOR", "", 1);
  EXPECT_EQ(colour_for(terminal), Colour::yes);
  ::setenv("TERM", "dumb", 1);
  EXPECT_EQ(colour_for(terminal), Colour::no);
  ::setenv("TERM", "xterm", 1);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  EXPECT_EQ(colour_for(ends[1]), Colour::no);
  for (const int fd : {terminal, ends[0], ends[1]})
    ::close(fd);
}

}  // namespace
}  // namespace imgopt
