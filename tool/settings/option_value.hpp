// Values of options as types, and the one parser that makes them from text, for the command line and for
// JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "protocol/output_settings.hpp"
#include "tool/settings/option_table.hpp"

namespace imgopt {

// How good a lossy output is to be.
struct QualityChoice {
  Quality mode = Quality::fixed;
  std::uint8_t quality = 80;       // 1..100, with Quality::fixed and near_lossless
  std::uint16_t target_score = 0;  // SSIMULACRA 2 times 100, with Quality::target
  auto operator<=>(const QualityChoice&) const = default;
};

struct QualityValue {
  std::optional<ImageFormat> format;  // none: for every format that a general quality speaks for
  QualityChoice choice;
  auto operator<=>(const QualityValue&) const = default;
};

// Numbers as OutputSettings wants them: unused ones are 0.
struct ResizeValue {
  ResizeMode mode = ResizeMode::none;
  std::uint32_t width = 0;   // pixels, 1..k_largest_dimension
  std::uint32_t height = 0;  // pixels
  auto operator<=>(const ResizeValue&) const = default;
};

// Refuses formats of which no quality can be asked: TIFF is always written lossless. The message starts with
// "expected", as those of parse_value.
[[nodiscard]] Result<void> check_has_quality(ImageFormat format);

// By ValueKind: flag bool; number, count, size, percent, seconds, duration, choice std::uint64_t (per mille,
// milliseconds, Choice::value); text, path, glob, name_pattern std::string.
using OptionValue = std::variant<bool, std::uint64_t, std::string, QualityValue, ResizeValue, RgbColor>;

// Parses the text of one value; for a flag "yes" and "no". An error's message starts with "expected" and
// names neither option nor place: the caller, who knows whether it stood on a command line or in a file, puts
// them in front. ErrorCode::invalid_argument.
[[nodiscard]] Result<OptionValue> parse_value(const OptionSpec& spec, std::string_view text);

// What a value must look like: "a number from 0 to 9", for messages.
[[nodiscard]] std::string expectation(const OptionSpec& spec);

// The value as text that parse_value understands; equal values give equal texts.
[[nodiscard]] std::string value_text(const OptionSpec& spec, const OptionValue& value);

}  // namespace imgopt
