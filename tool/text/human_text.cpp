#include "tool/text/human_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "tool/text/utf8.hpp"

namespace imgopt {

namespace {

struct Block {
  char32_t first;
  char32_t last;
  std::size_t width;
};

// After Unicode's EastAsianWidth (W and F) and general category Mn, whole blocks at a time, ascending.
constexpr std::array k_blocks = {
    Block{0x0300, 0x036F, 0},  // combining diacritical marks
    Block{0x0483, 0x0489, 0},  // Cyrillic combining marks
    Block{0x0591, 0x05BD, 0},  // Hebrew points
    Block{0x064B, 0x065F, 0},  // Arabic marks
    Block{0x1100, 0x115F, 2},  // Hangul initial consonants
    Block{0x1AB0, 0x1AFF, 0},   Block{0x1DC0, 0x1DFF, 0},
    Block{0x200B, 0x200F, 0},                              // zero width space, joiners, direction marks
    Block{0x20D0, 0x20FF, 0},                              // combining marks for symbols
    Block{0x2E80, 0x303E, 2},                              // CJK radicals and punctuation
    Block{0x3041, 0xA4CF, 2},                              // kana to Yi
    Block{0xA960, 0xA97F, 2},   Block{0xAC00, 0xD7A3, 2},  // Hangul
    Block{0xF900, 0xFAFF, 2},                              // CJK compatibility
    Block{0xFE00, 0xFE0F, 0},                              // variation selectors
    Block{0xFE20, 0xFE2F, 0},   Block{0xFE30, 0xFE6F, 2},
    Block{0xFF00, 0xFF60, 2},                                // full-width forms
    Block{0xFFE0, 0xFFE6, 2},   Block{0x1F300, 0x1F64F, 2},  // pictographs, emoji
    Block{0x1F680, 0x1F6FF, 2}, Block{0x1F900, 0x1F9FF, 2},
    Block{0x20000, 0x3FFFD, 2},  // supplementary ideographs
};

std::size_t width_of(const CodePoint& point) {
  if (!point.value)
    return 1;
  const auto block = std::partition_point(k_blocks.begin(), k_blocks.end(),
                                          [&point](const Block& each) { return each.last < *point.value; });
  return block != k_blocks.end() && block->first <= *point.value ? block->width : 1;
}

}  // namespace

std::string human_bytes(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 6> k_units = {"kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1000)
    return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  // 999.5 would be printed as 1000.
  while (value >= 999.5 && unit + 1 < k_units.size()) {
    value /= 1000;
    ++unit;
  }
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f} {}", value, decimals, k_units[unit]);
}

std::string human_duration(std::chrono::duration<double> time) {
  const double seconds = std::isfinite(time.count()) ? std::clamp(time.count(), 0.0, 1e12) : 0.0;
  if (seconds < 9.995)
    return fmt::format("{:.2f} s", seconds);
  if (seconds < 59.95)
    return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  if (whole < 3600)
    return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string human_change(std::uint64_t before, std::uint64_t after) {
  if (before == after || before == 0)
    return "the same size";
  const double share =
      (static_cast<double>(before) - static_cast<double>(after)) / static_cast<double>(before);
  return fmt::format("{:.1f}% {}", std::fabs(share) * 100, share > 0 ? "smaller" : "larger");
}

std::string human_count(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string printable(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  for (std::size_t at = 0; at < name.size();) {
    const CodePoint point = code_point_at(name, at);
    // C0, DEL, C1, and the marks that turn the direction of text.
    const bool is_safe =
        point.value && *point.value >= 0x20 && (*point.value < 0x7F || *point.value > 0x9F) &&
        (*point.value < 0x202A || *point.value > 0x202E) && (*point.value < 0x2066 || *point.value > 0x2069);
    for (const char byte : name.substr(at, point.length)) {
      if (is_safe)
        out.push_back(byte);
      else
        fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(byte));
    }
    at += point.length;
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = code_point_at(text, at);
    width += width_of(point);
    at += point.length;
  }
  return width;
}

std::string end_within(std::string_view text, std::size_t columns) {
  std::size_t width = display_width(text);
  if (width <= columns)
    return std::string(text);
  if (columns == 0)
    return {};
  std::size_t at = 0;
  while (at < text.size() && width > columns - 1) {
    const CodePoint point = code_point_at(text, at);
    width -= width_of(point);
    at += point.length;
  }
  return std::string("\u2026").append(text.substr(at));
}

}  // namespace imgopt
