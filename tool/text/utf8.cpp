#include "tool/text/utf8.hpp"

namespace imgopt {

namespace {

// What the second byte must be, by the first: this is what shuts out overlong forms, surrogates and values
// beyond U+10FFFF.
struct Lead {
  std::size_t length;
  unsigned least;
  unsigned most;
};

constexpr Lead lead_of(unsigned first) {
  if (first >= 0xC2 && first <= 0xDF)
    return {2, 0x80, 0xBF};
  if (first == 0xE0)
    return {3, 0xA0, 0xBF};
  if (first == 0xED)
    return {3, 0x80, 0x9F};
  if (first >= 0xE1 && first <= 0xEF)
    return {3, 0x80, 0xBF};
  if (first == 0xF0)
    return {4, 0x90, 0xBF};
  if (first >= 0xF1 && first <= 0xF3)
    return {4, 0x80, 0xBF};
  if (first == 0xF4)
    return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

}  // namespace

CodePoint code_point_at(std::string_view text, std::size_t at) {
  const auto byte = [text](std::size_t place) {
    return static_cast<unsigned>(static_cast<unsigned char>(text[place]));
  };
  const unsigned first = byte(at);
  if (first < 0x80)
    return {static_cast<char32_t>(first), 1};
  const Lead lead = lead_of(first);
  if (lead.length == 0 || text.size() - at < lead.length)
    return {};
  if (byte(at + 1) < lead.least || byte(at + 1) > lead.most)
    return {};
  unsigned value = first & (0x7Fu >> lead.length);
  for (std::size_t i = 1; i < lead.length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80)
      return {};
    value = (value << 6) | (byte(at + i) & 0x3F);
  }
  return {static_cast<char32_t>(value), lead.length};
}

}  // namespace imgopt
