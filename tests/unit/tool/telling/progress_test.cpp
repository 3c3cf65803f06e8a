#include "tool/account/progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tool/text/human_text.hpp"

namespace imgopt {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// A screen that records what is written, and a clock that moves when told to.
struct FakeScreen {
  std::vector<std::string> written;
  std::size_t columns = 80;
  std::chrono::steady_clock::time_point now{1h};

  ProgressScreen screen(ScreenKind kind) {
    return {kind, [this] { return columns; }, [this](std::string_view text) { written.emplace_back(text); },
            [this] { return now; }};
  }
};

ProgressState half_done() {
  ProgressState state;
  state.images_done = 50;
  state.images_total = 100;
  state.bytes_saved = 3'410'000;
  state.running = "photos/summer/beach.jpg";
  return state;
}

TEST(Progress, TerminalIsRedrawnTenTimesASecondAtMost) {
  FakeScreen fake;
  Progress progress(ProgressMode::automatic, fake.screen(ScreenKind::terminal));
  for (int i = 0; i < 1000; ++i) {
    progress.update(half_done());
    fake.now += 1ms;
  }
  EXPECT_EQ(fake.written.size(), 10U);
}

TEST(Progress, ReadingIsShownOnlyWhereItTakesLong) {
  FakeScreen fake;
  Progress progress(ProgressMode::automatic, fake.screen(ScreenKind::terminal));
  progress.update_reading(1, 50'000);
  EXPECT_THAT(fake.written, IsEmpty());
  fake.now += 1s;
  progress.update_reading(1'200, 50'000);
  ASSERT_EQ(fake.written.size(), 1U);
  EXPECT_THAT(fake.written[0], HasSubstr("1200/50000"));
}

TEST(Progress, TimeLeftCountsFromTheBeginOfTheWork) {
  FakeScreen fake;
  Progress progress(ProgressMode::automatic, fake.screen(ScreenKind::terminal));
  fake.now += 60s;
  progress.update(half_done());
  fake.now += 10s;
  progress.update(half_done());
  EXPECT_THAT(fake.written.back(), HasSubstr("0:10 left"));
}

TEST(Progress, TimeLeftIsNoShorterThanTheWaitForTheLastImage) {
  FakeScreen fake;
  Progress progress(ProgressMode::automatic, fake.screen(ScreenKind::terminal));
  ProgressState state = half_done();
  progress.update(state);
  fake.now += 10s;
  state.images_done = 99;
  progress.update(state);
  EXPECT_THAT(fake.written.back(), HasSubstr("0:00 left"));
  fake.now += 15s;
  progress.update(state);
  EXPECT_THAT(fake.written.back(), HasSubstr("0:15 left"));
}

TEST(Progress, BarIsClearedAtTheEnd) {
  FakeScreen fake;
  {
    Progress progress(ProgressMode::automatic, fake.screen(ScreenKind::terminal));
    progress.update(half_done());
  }
  ASSERT_EQ(fake.written.size(), 2U);
  EXPECT_THAT(fake.written[0], StartsWith("\r\x1b[J"));
  EXPECT_THAT(fake.written[0], EndsWith("\r"))
      << "a narrower terminal breaks the bar, and all of it has to go";
  EXPECT_EQ(fake.written[1], "\r\x1b[J");
}

TEST(Progress, NothingIsDrawnAfterTheEnd) {
  FakeScreen fake;
  Progress progress(ProgressMode::automatic, fake.screen(ScreenKind::terminal));
  progress.finish();
  progress.update(half_done());
  EXPECT_THAT(fake.written, IsEmpty());
}

TEST(Progress, StreamIsSilentForTenSeconds) {
  FakeScreen fake;
  Progress progress(ProgressMode::automatic, fake.screen(ScreenKind::stream));
  for (int i = 0; i < 99; ++i) {
    progress.update(half_done());
    fake.now += 100ms;
  }
  EXPECT_THAT(fake.written, IsEmpty());
}

TEST(Progress, StreamGetsALineInTenSeconds) {
  FakeScreen fake;
  {
    Progress progress(ProgressMode::automatic, fake.screen(ScreenKind::stream));
    for (int i = 0; i <= 250; ++i) {
      progress.update(half_done());
      fake.now += 100ms;
    }
  }
  EXPECT_THAT(fake.written,
              ElementsAre("imgopt: 50 of 100 images, 5.0 images/s, 3.41 MB saved, 0:10 left\n",
                          "imgopt: 50 of 100 images, 2.5 images/s, 3.41 MB saved, 0:20 left\n"));
}

TEST(Progress, NeverMeansNever) {
  FakeScreen fake;
  Progress progress(ProgressMode::never, fake.screen(ScreenKind::terminal));
  fake.now += 1min;
  progress.update(half_done());
  EXPECT_THAT(fake.written, IsEmpty());
}

TEST(Progress, AlwaysDrawsTheBarOnAStream) {
  FakeScreen fake;
  Progress progress(ProgressMode::always, fake.screen(ScreenKind::stream));
  progress.update(half_done());
  ASSERT_EQ(fake.written.size(), 1U);
  EXPECT_THAT(fake.written[0], HasSubstr("50/100"));
}

TEST(Progress, LineOfTextTakesTheBarsPlace) {
  FakeScreen fake;
  Progress progress(ProgressMode::automatic, fake.screen(ScreenKind::terminal));
  progress.update(half_done());
  progress.print_line("imgopt: a.png: broken");
  progress.update(half_done());
  ASSERT_EQ(fake.written.size(), 4U);
  EXPECT_EQ(fake.written[1], "\r\x1b[J");
  EXPECT_EQ(fake.written[2], "imgopt: a.png: broken\n");
  EXPECT_THAT(fake.written[3], HasSubstr("50/100"));
}

TEST(Progress, WidthIsAskedAtEachRedraw) {
  FakeScreen fake;
  Progress progress(ProgressMode::automatic, fake.screen(ScreenKind::terminal));
  fake.now += 5s;
  progress.update(half_done());
  fake.columns = 20;
  fake.now += 5s;
  progress.update(half_done());
  ASSERT_EQ(fake.written.size(), 2U);
  EXPECT_THAT(fake.written[0], HasSubstr("beach.jpg"));
  EXPECT_THAT(fake.written[1], Not(HasSubstr("beach.jpg")));
}

TEST(ProgressBar, WideLineTellsEverything) {
  EXPECT_EQ(
      progress_bar_line(half_done(), 10s, 110),
      "[===============>              ] 50/100  5.0/s  3.41 MB saved  0:10 left  photos/summer/beach.jpg");
}

TEST(ProgressBar, TwentyColumnsKeepCountAndTimeLeft) {
  EXPECT_EQ(progress_bar_line(half_done(), 10s, 19), "50/100  0:10 left");
}

TEST(ProgressBar, NoLineIsWiderThanItsScreen) {
  ProgressState state = half_done();
  state.images_total = 123'456;
  state.bytes_saved = -9'999'999;
  for (const char* name :
       {"", "a.png", "\xE6\x97\xA5\xE6\x9C\xAC/\xE6\x97\xA5\xE6\x9C\xAC\xE6\x97\xA5\xE6\x9C\xAC.png",
        "very/long/path/to/some/image/with/a/name/that/goes/on/and/on.png"}) {
    state.running = name;
    for (std::size_t columns = 1; columns <= 130; ++columns)
      EXPECT_LE(display_width(progress_bar_line(state, 3s, columns)), columns) << name;
  }
}

TEST(ProgressBar, TimeLeftFollowsCostWhereItIsKnown) {
  ProgressState state = half_done();
  state.cost_done = 90;
  state.cost_total = 100;
  EXPECT_THAT(progress_bar_line(state, 90s, 110), HasSubstr("0:10 left"));
}

TEST(ProgressBar, NothingIsGuessedInTheFirstMoment) {
  ProgressState state = half_done();
  state.running = {};
  const std::string line = progress_bar_line(state, 100ms, 110);
  EXPECT_THAT(line, Not(HasSubstr("left")));
  EXPECT_THAT(line, Not(HasSubstr("/s")));
}

TEST(ProgressBar, EmptyAndFullRunsAreDrawn) {
  EXPECT_THAT(progress_bar_line({}, 1s, 60), HasSubstr("0/0"));
  ProgressState state = half_done();
  state.images_done = state.images_total = 7;
  EXPECT_THAT(progress_bar_line(state, 1s, 60), HasSubstr("=] 7/7"));
}

TEST(ProgressBar, NamesCannotSteerTheTerminal) {
  ProgressState state = half_done();
  state.running = "a\x1b[2J\n.png";
  EXPECT_THAT(progress_bar_line(state, 1s, 120), HasSubstr("a\\x1b[2J\\x0a.png"));
}

TEST(ProgressText, TellsHowManyImagesAreInFlight) {
  ProgressState state;
  state.images_done = 3;
  state.images_total = 10;
  state.running = "photos/a.jpg";
  state.in_flight = 4;
  EXPECT_TRUE(progress_bar_line(state, std::chrono::seconds(3), 120).ends_with("photos/a.jpg +3"));
  EXPECT_TRUE(progress_text_line(state, std::chrono::seconds(3)).ends_with(", 4 in work"));
  for (std::size_t columns = 1; columns < 120; ++columns)
    EXPECT_LE(display_width(progress_bar_line(state, std::chrono::seconds(3), columns)), columns);
}

}  // namespace
}  // namespace imgopt
