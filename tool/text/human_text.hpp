// Numbers, times and names as people read them on a terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace imgopt {

// "512 B", "3.41 kB", "24.1 MB": decimal multiples, three digits.
[[nodiscard]] std::string human_bytes(std::uint64_t bytes);

// "0.02 s", "12.3 s", "1 min 05 s", "2 h 03 min".
[[nodiscard]] std::string human_duration(std::chrono::duration<double> time);

// "61.2% smaller", "3.1% larger", "the same size".
[[nodiscard]] std::string human_change(std::uint64_t before, std::uint64_t after);

// "1 image", "2 images": `noun` with an s at its end unless `count` is 1.
[[nodiscard]] std::string human_count(std::uint64_t count, std::string_view noun);

// `name` so that it stays on one line and steers no terminal: control characters and bytes that are no UTF-8
// as \xNN.
[[nodiscard]] std::string printable(std::string_view name);

// Columns that `text` takes on a terminal: 2 for East Asian wide characters and emoji, 0 for combining marks.
// Of these the large blocks are known; that is enough to keep a line from wrapping.
[[nodiscard]] std::size_t display_width(std::string_view text);

// The end of `text` in at most `columns` columns, with an ellipsis in front where it was cut. Of a path the
// end says most.
[[nodiscard]] std::string end_within(std::string_view text, std::size_t columns);

}  // namespace imgopt
