#include "tool/account/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

#include "tool/account/terminal.hpp"
#include "tool/text/human_text.hpp"

namespace imgopt {

namespace {

using Seconds = std::chrono::duration<double>;

constexpr std::chrono::milliseconds k_bar_interval{100};
constexpr std::chrono::seconds k_line_interval{10};
// Before this nothing can be said of the rate.
constexpr Seconds k_least_elapsed{0.5};
constexpr std::size_t k_longest_bar = 30;
constexpr std::size_t k_shortest_bar = 6;
constexpr std::size_t k_shortest_name = 12;
constexpr std::size_t k_usual_columns = 80;
// Back to the first column, and erase to the end of the screen (ECMA-48 ED): below the bar there is nothing.
constexpr std::string_view k_clear_line = "\r\x1b[J";

double share_done(const ProgressState& state) {
  const bool by_cost = state.cost_total > 0;
  const std::uint64_t total = by_cost ? state.cost_total : state.images_total;
  const std::uint64_t done = by_cost ? state.cost_done : state.images_done;
  return total == 0 ? 0.0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
}

std::optional<double> images_a_second(const ProgressState& state, Seconds elapsed) {
  if (elapsed < k_least_elapsed || state.images_done == 0)
    return std::nullopt;
  return static_cast<double>(state.images_done) / elapsed.count();
}

std::optional<Seconds> time_left(const ProgressState& state, Seconds elapsed) {
  const double share = share_done(state);
  if (elapsed < k_least_elapsed || share <= 0)
    return std::nullopt;
  // Costs are guesses. What has kept everybody waiting for so long already may well take as long again.
  return std::max(elapsed * ((1 - share) / share), state.since_last);
}

std::string rate_text(double rate) {
  return rate < 10 ? fmt::format("{:.1f}/s", rate) : fmt::format("{:.0f}/s", rate);
}

// "0:42", "12:05", "2:03:10": as narrow as it can be read.
std::string clock_text(Seconds time) {
  const auto whole = static_cast<std::uint64_t>(std::llround(std::clamp(time.count(), 0.0, 360'000.0)));
  if (whole < 3600)
    return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string saved_text(std::int64_t saved) {
  const auto magnitude =
      saved < 0 ? 0 - static_cast<std::uint64_t>(saved) : static_cast<std::uint64_t>(saved);
  return saved < 0 ? human_bytes(magnitude) + " more" : human_bytes(magnitude) + " saved";
}

std::string bar_text(double share, std::size_t inside) {
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(inside));
  std::string bar("[");
  bar.append(filled, '=');
  if (filled < inside)
    bar.append(">").append(inside - filled - 1, ' ');
  return bar.append("]");
}

bool can_move_cursor() {
  const char* terminal = std::getenv("TERM");
  return terminal != nullptr && *terminal != '\0' && std::string_view(terminal) != "dumb";
}

// Progress that cannot be written is no reason to fail.
void write_standard_error(std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(STDERR_FILENO, text.data(), text.size());
    if (put < 0 && errno == EINTR)
      continue;
    if (put <= 0)
      return;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
}

}  // namespace

ProgressScreen standard_error_screen() {
  ProgressScreen screen;
  screen.kind = ::isatty(STDERR_FILENO) == 1 && can_move_cursor() ? ScreenKind::terminal : ScreenKind::stream;
  screen.columns = [] { return terminal_columns(STDERR_FILENO).value_or(k_usual_columns); };
  screen.write = write_standard_error;
  screen.now = std::chrono::steady_clock::now;
  return screen;
}

std::string progress_bar_line(const ProgressState& state, Seconds elapsed, std::size_t columns) {
  const std::string count = fmt::format("{}/{}", state.images_done, state.images_total);
  const auto left = time_left(state, elapsed);
  const auto rate = images_a_second(state, elapsed);
  // What stands right of the count, with the columns it takes, a gap of two included.
  std::size_t room = columns > count.size() ? columns - count.size() : 0;
  const auto take = [&room](std::string text) -> std::string {
    if (text.empty() || text.size() + 2 > room)
      return {};
    room -= text.size() + 2;
    return text.insert(0, 2, ' ');
  };
  const std::string left_part = take(left ? clock_text(*left) + " left" : "");
  std::string bar;
  if (room >= k_shortest_bar + 3) {
    // On wide terminals the other parts get their room first.
    const std::size_t inside = std::clamp<std::size_t>(room / 3, k_shortest_bar, k_longest_bar);
    bar = bar_text(share_done(state), inside) + " ";
    room -= bar.size();
  }
  const std::string rate_part = take(rate ? rate_text(*rate) : "");
  const std::string saved_part = take(state.bytes_saved != 0 ? saved_text(state.bytes_saved) : "");
  std::string name_part;
  const std::string others = state.in_flight > 1 ? fmt::format(" +{}", state.in_flight - 1) : "";
  if (!state.running.empty() && room >= k_shortest_name + 2 + others.size())
    name_part = end_within(printable(state.running), room - 2 - others.size()).insert(0, 2, ' ') + others;
  std::string line = bar + count + rate_part + saved_part + left_part + name_part;
  return end_within(line, columns);
}

std::string progress_text_line(const ProgressState& state, Seconds elapsed) {
  std::string line =
      fmt::format("imgopt: {} of {}", state.images_done, human_count(state.images_total, "image"));
  if (const auto rate = images_a_second(state, elapsed))
    line.append(fmt::format(", {:.1f} images/s", *rate));
  if (state.bytes_saved != 0)
    line.append(", ").append(saved_text(state.bytes_saved));
  if (const auto left = time_left(state, elapsed))
    line.append(", ").append(clock_text(*left)).append(" left");
  if (state.in_flight > 0)
    line.append(fmt::format(", {} in work", state.in_flight));
  return line;
}

Progress::Progress(ProgressMode mode, ProgressScreen screen) : m_screen(std::move(screen)) {
  if (mode != ProgressMode::never)
    m_shape =
        mode == ProgressMode::always || m_screen.kind == ScreenKind::terminal ? Shape::bar : Shape::lines;
  m_start = m_screen.now();
  m_next = m_shape == Shape::bar ? m_start : m_start + k_line_interval;
}

Progress::~Progress() {
  finish();
}

template <typename Bar, typename Line>
void Progress::draw(Bar&& bar, Line&& line) {
  if (m_shape == Shape::nothing)
    return;
  const auto now = m_screen.now();
  if (now < m_next)
    return;
  const Seconds elapsed = now - m_start;
  if (m_shape == Shape::lines) {
    m_next = now + k_line_interval;
    m_screen.write(line(elapsed).append("\n"));
    return;
  }
  m_next = now + k_bar_interval;
  // The last column stays free: some terminals go to the next line as soon as it is written.
  const std::size_t columns = std::max<std::size_t>(2, m_screen.columns());
  // The cursor waits in the first column: where a terminal becomes narrower and breaks the bar in two, it
  // stays at the bar's beginning, and all of it is erased.
  m_screen.write(std::string(k_clear_line).append(bar(elapsed, columns - 1)).append("\r"));
  m_is_drawn = true;
}

void Progress::update(const ProgressState& state) {
  if (!m_is_working) {
    // From here on the rate is that of the work.
    m_is_working = true;
    m_start = m_last_done = m_screen.now();
  }
  if (state.images_done != m_done) {
    m_done = state.images_done;
    m_last_done = m_screen.now();
  }
  ProgressState now = state;
  now.since_last = m_screen.now() - m_last_done;
  draw([&](Seconds elapsed, std::size_t columns) { return progress_bar_line(now, elapsed, columns); },
       [&](Seconds elapsed) { return progress_text_line(now, elapsed); });
}

void Progress::update_reading(std::uint64_t read, std::uint64_t total) {
  if (m_screen.now() - m_start < k_least_elapsed)
    return;
  draw([&](Seconds,
           std::size_t columns) { return end_within(fmt::format("{}/{}  reading", read, total), columns); },
       [&](Seconds) { return fmt::format("imgopt: {} of {} read", read, human_count(total, "file")); });
}

void Progress::clear_bar() {
  if (m_is_drawn)
    m_screen.write(k_clear_line);
  m_is_drawn = false;
}

void Progress::print_line(std::string_view text) {
  clear_bar();
  m_screen.write(std::string(text).append("\n"));
  if (m_shape == Shape::bar)
    m_next = m_screen.now();
}

void Progress::finish() {
  clear_bar();
  m_shape = Shape::nothing;
}

}  // namespace imgopt
