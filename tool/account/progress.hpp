// Progress: how far a run is, on standard error, without ever being in the way.
//
// On a terminal one line with a bar, redrawn at most ten times a second and gone at the end; elsewhere a line
// in ten seconds, so that a run shorter than that is silent. Time and screen are given from outside. Not
// thread-safe: one thread tells and draws.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "tool/settings/run_options.hpp"

namespace imgopt {

enum class ScreenKind { terminal, stream };

// What progress draws on.
struct ProgressScreen {
  ScreenKind kind = ScreenKind::stream;
  std::function<std::size_t()> columns;  // asked before each redraw
  std::function<void(std::string_view)> write;
  std::function<std::chrono::steady_clock::time_point()> now;
};

// Standard error. A terminal that cannot move its cursor (TERM unset or "dumb") counts as a stream.
[[nodiscard]] ProgressScreen standard_error_screen();

struct ProgressState {
  std::uint64_t images_done = 0;
  std::uint64_t images_total = 0;
  std::int64_t bytes_saved = 0;  // so far, by finished outputs
  // Expected cost of what is done and of everything, in any unit; the time left follows from it, for images
  // differ and the costliest go first. Zero total: images are counted instead.
  std::uint64_t cost_done = 0;
  std::uint64_t cost_total = 0;
  std::chrono::duration<double> since_last{0};  // since an image was done last, or the work began
  std::string_view running;                     // one image being worked on; may be empty
  std::uint64_t in_flight = 0;                  // how many are, with that one
};

class Progress {
public:
  // Time starts to count here. ProgressMode::always draws the bar even where the screen is no terminal.
  Progress(ProgressMode mode, ProgressScreen screen);
  // Takes the bar off the screen.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // As often as the caller likes; draws when it is time to. Sees for itself when an image was done last.
  void update(const ProgressState& state);
  // Before it is known what is to be done: how many files were read, of how many. Drawn only where that takes
  // long.
  void update_reading(std::uint64_t read, std::uint64_t total);
  // Writes a line of text (without line break) in place of the bar, which comes back with the next update.
  // Written in every mode.
  void print_line(std::string_view text);
  // Takes the bar off the screen; nothing is drawn afterwards.
  void finish();

private:
  enum class Shape { nothing, bar, lines };
  // The line that is due at this moment, by what makes a bar of a width or a line of text; nothing where none
  // is due.
  template <typename Bar, typename Line>
  void draw(Bar&& bar, Line&& line);
  void clear_bar();

  ProgressScreen m_screen;
  Shape m_shape = Shape::nothing;
  bool m_is_drawn = false;
  bool m_is_working = false;  // what there is to do is known
  std::chrono::steady_clock::time_point m_start;
  std::chrono::steady_clock::time_point m_next;  // when it may be drawn again
  std::uint64_t m_done = 0;                      // images, and when the last of them was done
  std::chrono::steady_clock::time_point m_last_done;
};

// The text of the bar's line, at most `columns` wide. Parts that find no room are left out, the least
// important first: the name, the bytes saved, the rate, the bar, the time left.
[[nodiscard]] std::string progress_bar_line(const ProgressState& state, std::chrono::duration<double> elapsed,
                                            std::size_t columns);
// The same facts for a stream: "imgopt: 120 of 531 images, 12.3 images/s, 3.41 MB saved, 0:32 left, 2 in
// work".
[[nodiscard]] std::string progress_text_line(const ProgressState& state,
                                             std::chrono::duration<double> elapsed);

}  // namespace imgopt
