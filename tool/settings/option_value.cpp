#include "tool/settings/option_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "tool/text/glob.hpp"
#include "tool/text/output_name.hpp"
#include "tool/text/suggest.hpp"

namespace imgopt {

namespace {

struct NamedColor {
  std::string_view name;
  RgbColor color;
};
// Values of these names: CSS Color Module Level 4.
constexpr std::array k_colors = {
    NamedColor{"white", {255, 255, 255}},  NamedColor{"black", {0, 0, 0}},
    NamedColor{"gray", {128, 128, 128}},   NamedColor{"grey", {128, 128, 128}},
    NamedColor{"silver", {192, 192, 192}}, NamedColor{"red", {255, 0, 0}},
    NamedColor{"green", {0, 128, 0}},      NamedColor{"blue", {0, 0, 255}},
    NamedColor{"yellow", {255, 255, 0}},   NamedColor{"magenta", {255, 0, 255}},
    NamedColor{"cyan", {0, 255, 255}},
};

struct Suffix {
  std::string_view name;  // lower case
  std::uint64_t factor;
};
constexpr std::array k_count_suffixes = {Suffix{"", 1}, Suffix{"k", 1000}, Suffix{"m", 1000000},
                                         Suffix{"g", 1000000000}};
constexpr std::array k_size_suffixes = {
    Suffix{"", 1},          Suffix{"b", 1},          Suffix{"k", 1000},       Suffix{"kb", 1000},
    Suffix{"m", 1000000},   Suffix{"mb", 1000000},   Suffix{"g", 1000000000}, Suffix{"gb", 1000000000},
    Suffix{"ki", 1u << 10}, Suffix{"kib", 1u << 10}, Suffix{"mi", 1u << 20},  Suffix{"mib", 1u << 20},
    Suffix{"gi", 1u << 30}, Suffix{"gib", 1u << 30},
};
// Of the above those that numbers are told with, the largest first.
struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
constexpr std::array k_size_units = {Unit{"GiB", 1u << 30}, Unit{"GB", 1000000000}, Unit{"MiB", 1u << 20},
                                     Unit{"MB", 1000000},   Unit{"KiB", 1u << 10},  Unit{"kB", 1000}};
constexpr std::array k_count_units = {Unit{"G", 1000000000}, Unit{"M", 1000000}};
constexpr std::array k_percent_suffixes = {Suffix{"", 10}, Suffix{"%", 10}};
constexpr std::array k_second_suffixes = {Suffix{"", 1000}, Suffix{"s", 1000}};
constexpr std::array k_duration_suffixes = {Suffix{"s", 1}, Suffix{"m", 60}, Suffix{"h", 3600},
                                            Suffix{"d", 86400}, Suffix{"w", 604800}};

// In the largest unit of which it is a multiple, so that it reads as it was written, and reads back.
template <std::size_t Size>
std::string exact_text(std::uint64_t number, const std::array<Unit, Size>& units) {
  for (const Unit& unit : units)
    if (number != 0 && number % unit.factor == 0)
      return fmt::format("{}{}", number / unit.factor, unit.name);
  return std::to_string(number);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || text.empty())
    return std::nullopt;
  return value;
}

// DIGITS[.DIGITS]SUFFIX as a whole number of units; none where it is no such number, does not come out whole
// or is beyond 2^63.
std::optional<std::uint64_t> scaled_number(std::string_view text, std::span<const Suffix> suffixes) {
  constexpr std::uint64_t k_most = std::numeric_limits<std::int64_t>::max();
  const auto not_digit = [](char c) { return !is_digit(c); };
  const auto whole_end = std::find_if(text.begin(), text.end(), not_digit);
  auto fraction_end = whole_end;
  std::string_view fraction;
  if (whole_end != text.end() && *whole_end == '.') {
    fraction_end = std::find_if(whole_end + 1, text.end(), not_digit);
    fraction = std::string_view(whole_end + 1, fraction_end);
    if (fraction.empty())
      return std::nullopt;
  }
  const auto whole = whole_number({text.begin(), whole_end});
  std::string_view name(fraction_end, text.end());
  if (name.starts_with(' '))
    name.remove_prefix(1);
  const std::string lower = lower_case(name);
  const auto suffix =
      std::find_if(suffixes.begin(), suffixes.end(), [&](const Suffix& s) { return s.name == lower; });
  if (!whole || suffix == suffixes.end() || *whole > k_most / suffix->factor)
    return std::nullopt;

  // factor * 0.d1d2d3... digit by digit; a remainder would be a fraction of a unit.
  while (fraction.ends_with('0'))
    fraction.remove_suffix(1);
  if (fraction.size() > 9)
    return std::nullopt;
  std::uint64_t scale = 1;
  for (std::size_t i = 0; i < fraction.size(); ++i)
    scale *= 10;
  const std::uint64_t part = fraction.empty() ? 0 : whole_number(fraction).value_or(0) * suffix->factor;
  if (part % scale != 0)
    return std::nullopt;
  const std::uint64_t value = *whole * suffix->factor + part / scale;
  return value <= k_most ? std::optional(value) : std::nullopt;
}

std::optional<std::uint64_t> number_of(const OptionSpec& spec, std::string_view text) {
  switch (spec.kind) {
    case ValueKind::count:
      return scaled_number(text, k_count_suffixes);
    case ValueKind::size:
      return scaled_number(text, k_size_suffixes);
    case ValueKind::percent:
      return scaled_number(text, k_percent_suffixes);
    case ValueKind::seconds:
      return scaled_number(text, k_second_suffixes);
    case ValueKind::duration:
      return scaled_number(text, k_duration_suffixes);
    default:
      return whole_number(text);
  }
}

std::optional<std::uint64_t> choice_of(const OptionSpec& spec, std::string_view text) {
  for (const Choice& choice : spec.choices)
    if (choice.name == text)
      return choice.value;
  // The two spellings that extensions teach.
  if (spec.id == OptionId::format)
    if (const auto format = format_from_name(text))
      return static_cast<std::uint64_t>(*format);
  return std::nullopt;
}

std::optional<QualityValue> quality_of(const OptionSpec& spec, std::string_view text) {
  QualityValue value;
  if (const auto equals = text.find('='); equals != std::string_view::npos) {
    value.format = format_from_name(text.substr(0, equals));
    if (!value.format)
      return std::nullopt;
    text.remove_prefix(equals + 1);
  }
  const auto within = [&](std::optional<std::uint64_t> n) {
    return n && *n >= spec.range.least && *n <= spec.range.most;
  };
  if (text == "auto" || text.starts_with("auto:")) {
    const auto target =
        text == "auto" ? std::optional<std::uint64_t>(k_default_target) : whole_number(text.substr(5));
    if (!within(target))
      return std::nullopt;
    value.choice.mode = Quality::target;
    value.choice.target_score = static_cast<std::uint16_t>(*target * 100);
    return value;
  }
  if (constexpr std::string_view k_near_lossless = "near-lossless"; text.starts_with(k_near_lossless)) {
    constexpr std::uint8_t k_default_near_lossless = 60;  // the moderate one of libwebp's levels
    value.choice.mode = Quality::near_lossless;
    text.remove_prefix(k_near_lossless.size());
    if (text.empty()) {
      value.choice.quality = k_default_near_lossless;
      return value;
    }
    if (!text.starts_with(':'))
      return std::nullopt;
    text.remove_prefix(1);
  }
  const auto quality = whole_number(text);
  if (!within(quality))
    return std::nullopt;
  value.choice.quality = static_cast<std::uint8_t>(*quality);
  return value;
}

std::optional<ResizeValue> resize_of(const OptionSpec& spec, std::string_view text) {
  const auto pixels = [&](std::string_view number) -> std::uint32_t {
    const auto n = whole_number(number);
    return n && *n >= spec.range.least && *n <= spec.range.most ? static_cast<std::uint32_t>(*n) : 0;
  };
  ResizeValue value;
  if (text == "none")
    return value;
  if (text.starts_with("longest:")) {
    value = {ResizeMode::longest, pixels(text.substr(8)), 0};
  } else if (text.starts_with("shortest:")) {
    value = {ResizeMode::shortest, pixels(text.substr(9)), 0};
  } else if (const auto x = text.find('x'); x == std::string_view::npos) {
    value = {ResizeMode::width, pixels(text), 0};
  } else if (x == 0) {
    value = {ResizeMode::height, 0, pixels(text.substr(1))};
  } else {
    value = {ResizeMode::fit, pixels(text.substr(0, x)), pixels(text.substr(x + 1))};
    if (value.height == 0)
      return std::nullopt;
  }
  if ((value.mode == ResizeMode::height ? value.height : value.width) == 0)
    return std::nullopt;
  return value;
}

std::optional<RgbColor> color_of(std::string_view text) {
  const std::string lower = lower_case(text);
  for (const NamedColor& named : k_colors)
    if (named.name == lower)
      return named.color;
  if ((lower.size() != 4 && lower.size() != 7) || lower[0] != '#')
    return std::nullopt;
  std::uint32_t bits = 0;
  const char* const end = lower.data() + lower.size();
  const auto [stop, error] = std::from_chars(lower.data() + 1, end, bits, 16);
  if (error != std::errc{} || stop != end)
    return std::nullopt;
  const auto component = [&](unsigned at) {
    return lower.size() == 7 ? static_cast<std::uint8_t>(bits >> (8 * at))
                             : static_cast<std::uint8_t>((bits >> (4 * at) & 15) * 17);
  };
  return RgbColor{component(2), component(1), component(0)};
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; });
}

std::string joined_choices(const OptionSpec& spec) {
  std::string text;
  for (std::size_t i = 0; i < spec.choices.size(); ++i) {
    text += i == 0 ? "" : i + 1 == spec.choices.size() ? " or " : ", ";
    text += spec.choices[i].name;
  }
  return text;
}

// The message for a value that is not what it must be.
tl::unexpected<Error> unfit(const OptionSpec& spec, std::string_view text) {
  std::vector<std::string_view> names;
  for (const Choice& choice : spec.choices)
    names.push_back(choice.name);
  if (spec.kind == ValueKind::color)
    for (const NamedColor& color : k_colors)
      names.push_back(color.name);
  return fail(ErrorCode::invalid_argument,
              fmt::format("expected {}, not \"{}\"{}", expectation(spec), text, suggestion(text, names)));
}

}  // namespace

Result<OptionValue> parse_value(const OptionSpec& spec, std::string_view text) {
  const auto checked = [&](auto parsed) -> Result<OptionValue> {
    if (!parsed)
      return unfit(spec, text);
    return OptionValue(std::move(*parsed));
  };
  switch (spec.kind) {
    case ValueKind::flag:
      return checked(text == "yes"  ? std::optional(true)
                     : text == "no" ? std::optional(false)
                                    : std::nullopt);
    case ValueKind::number:
    case ValueKind::count:
    case ValueKind::size:
    case ValueKind::percent:
    case ValueKind::seconds:
    case ValueKind::duration: {
      const auto number = number_of(spec, text);
      return checked(number && *number >= spec.range.least && *number <= spec.range.most ? number
                                                                                         : std::nullopt);
    }
    case ValueKind::choice:
      return checked(choice_of(spec, text));
    case ValueKind::quality: {
      const auto quality = quality_of(spec, text);
      if (quality && quality->format)
        IMGOPT_TRY(check_has_quality(*quality->format));
      return checked(quality);
    }
    case ValueKind::resize:
      return checked(resize_of(spec, text));
    case ValueKind::color:
      return checked(color_of(text));
    case ValueKind::text:
      return checked(text.empty() || has_control_character(text) ? std::nullopt
                                                                 : std::optional(std::string(text)));
    case ValueKind::path:
      return checked(text.empty() || text.find('\0') != std::string_view::npos
                         ? std::nullopt
                         : std::optional(std::string(text)));
    case ValueKind::glob:
      if (const auto glob = Glob::parse(text); !glob)
        return fail(ErrorCode::invalid_argument, fmt::format("expected a pattern: {}", glob.error().message));
      return OptionValue(std::string(text));
    case ValueKind::name_pattern:
      break;
  }
  IMGOPT_TRY(check_name_pattern(text));
  return OptionValue(std::string(text));
}

Result<void> check_has_quality(ImageFormat format) {
  if (format == ImageFormat::tiff)
    return fail(ErrorCode::invalid_argument, "expected another format: tiff is always written lossless");
  return {};
}

std::string expectation(const OptionSpec& spec) {
  switch (spec.kind) {
    case ValueKind::flag:
      return "yes or no";
    case ValueKind::number:
      return fmt::format("a number from {} to {}", spec.range.least, spec.range.most);
    case ValueKind::count:
      return fmt::format("a number from {} on, such as 100M", spec.range.least);
    case ValueKind::size:
      return spec.range.least == 0
                 ? "a size such as 200k or 2MiB"
                 : fmt::format("a size of {}MiB or more, such as 2GiB", spec.range.least >> 20);
    case ValueKind::percent:
      return "a percentage from 0 to 100 with at most one decimal";
    case ValueKind::seconds:
      return fmt::format("a number of seconds from 0.001 to {}", spec.range.most / 1000);
    case ValueKind::duration:
      return "a time such as 12h, 30d or 8w";
    case ValueKind::choice:
      return joined_choices(spec);
    case ValueKind::quality:
      return fmt::format("a number from {} to {}, auto, auto:TARGET or near-lossless:N", spec.range.least,
                         spec.range.most);
    case ValueKind::resize:
      return fmt::format("WxH, W, xH, longest:N, shortest:N or none, in pixels up to {}", spec.range.most);
    case ValueKind::color:
      return "#rgb, #rrggbb or the name of a color";
    case ValueKind::text:
      return "a text that is not empty and has no control characters";
    case ValueKind::path:
      return "a path that is not empty";
    case ValueKind::glob:
      return "a pattern such as photos/**";
    case ValueKind::name_pattern:
      return "a name such as {stem}-{width}w.{ext}";
  }
  return "a value";
}

std::string value_text(const OptionSpec& spec, const OptionValue& value) {
  struct Text {
    const OptionSpec& spec;
    std::string operator()(bool flag) const { return flag ? "yes" : "no"; }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(std::uint64_t number) const {
      if (spec.kind == ValueKind::choice)
        for (const Choice& choice : spec.choices)
          if (choice.value == number)
            return std::string(choice.name);
      if (spec.kind == ValueKind::duration)
        return fmt::format("{}s", number);
      if (spec.kind == ValueKind::size)
        return exact_text(number, k_size_units);
      if (spec.kind == ValueKind::count)
        return exact_text(number, k_count_units);
      const std::uint64_t unit = spec.kind == ValueKind::percent   ? 10
                                 : spec.kind == ValueKind::seconds ? 1000
                                                                   : 1;
      if (number % unit == 0)
        return std::to_string(number / unit);
      return unit == 10 ? fmt::format("{}.{}", number / unit, number % unit)
                        : fmt::format("{}.{:03}", number / unit, number % unit);
    }
    std::string operator()(const QualityValue& quality) const {
      const std::string name = quality.format ? fmt::format("{}=", format_name(*quality.format)) : "";
      if (quality.choice.mode == Quality::target)
        return fmt::format("{}auto:{}", name, quality.choice.target_score / 100);
      if (quality.choice.mode == Quality::near_lossless)
        return fmt::format("{}near-lossless:{}", name, quality.choice.quality);
      return fmt::format("{}{}", name, quality.choice.quality);
    }
    std::string operator()(const ResizeValue& resize) const {
      switch (resize.mode) {
        case ResizeMode::none:
          return "none";
        case ResizeMode::fit:
          return fmt::format("{}x{}", resize.width, resize.height);
        case ResizeMode::width:
          return std::to_string(resize.width);
        case ResizeMode::height:
          return fmt::format("x{}", resize.height);
        case ResizeMode::longest:
          return fmt::format("longest:{}", resize.width);
        case ResizeMode::shortest:
          return fmt::format("shortest:{}", resize.width);
      }
      return "none";
    }
    std::string operator()(const RgbColor& c) const {
      return fmt::format("#{:02x}{:02x}{:02x}", c.red, c.green, c.blue);
    }
  };
  return std::visit(Text{spec}, value);
}

}  // namespace imgopt
