#include "tool/build/reproduce.hpp"

#include <fmt/core.h>

#include <array>
#include <optional>
#include <string>
#include <variant>

#include "tool/settings/output_settings_text.hpp"
#include "tool/settings/settings_layer.hpp"
#include "tool/text/shell_text.hpp"

namespace imgopt {

namespace {

std::string argument(OptionId id, std::string_view value) {
  return fmt::format(" --{} {}", option(id).name, shell_quoted(value));
}

std::string quality_argument(const OutputSettings& settings) {
  if (settings.lossless == Lossless::yes)
    return " --lossless";
  const std::string quality = setting_text(option(OptionId::quality).name, settings);
  return argument(OptionId::quality, fmt::format("{}={}", format_name(settings.format), quality));
}

// What transparent colours are allowed to become where nothing is said.
TransparentColor usual_transparent_color(Role role) {
  return role == Role::color || role == Role::ui ? TransparentColor::rewrite : TransparentColor::keep;
}

// Settings that are not the built-in ones.
std::string setting_arguments(const OutputSettings& settings) {
  constexpr std::array k_settings = {OptionId::resize,     OptionId::subsampling, OptionId::progressive,
                                     OptionId::metadata,   OptionId::background,  OptionId::max_bytes,
                                     OptionId::min_savings};
  const OutputSettings usual;
  std::string arguments = argument(OptionId::effort, setting_text("effort", settings));
  arguments += argument(OptionId::role, setting_text("role", settings));
  for (const OptionId id : k_settings)
    if (const std::string value = setting_text(option(id).name, settings);
        value != setting_text(option(id).name, usual))
      arguments += argument(id, value);
  if (settings.transparent_color != usual_transparent_color(settings.role))
    arguments += argument(OptionId::transparent_color,
                          setting_text(option(OptionId::transparent_color).name, settings));
  return arguments;
}

// Limits that are not the built-in ones: a failure may depend on each of them.
std::string limit_arguments(const RunOptions& options) {
  struct Limit {
    OptionId id;
    std::optional<std::uint64_t> value;
  };
  std::optional<std::uint64_t> timeout_ms;
  if (options.timeout)
    timeout_ms = static_cast<std::uint64_t>(options.timeout->count());
  const std::array limits = {Limit{OptionId::memory_limit, options.memory_limit},
                             Limit{OptionId::max_pixels, options.max_pixels},
                             Limit{OptionId::max_frames, options.max_frames},
                             Limit{OptionId::max_metadata, options.max_metadata},
                             Limit{OptionId::max_jpeg_scans, options.max_jpeg_scans},
                             Limit{OptionId::max_input_size, options.max_input_size},
                             Limit{OptionId::timeout, timeout_ms}};
  std::string arguments;
  for (const auto& [id, value] : limits) {
    if (!value)
      continue;
    const LayerEntry* const usual = default_layer().find(id);
    const auto* const number =
        usual == nullptr ? nullptr : std::get_if<std::uint64_t>(&usual->values.front());
    if (number == nullptr || *number != *value)
      arguments += argument(id, value_text(option(id), OptionValue(*value)));
  }
  if (options.sandbox == SandboxMode::off)
    arguments += " --no-sandbox";
  if (options.sandbox == SandboxMode::required)
    arguments += " --require-sandbox";
  return arguments;
}

}  // namespace

std::string reproducing_command(std::string_view source_path, const OutputSettings& settings,
                                const RunOptions& options) {
  return fmt::format("imgopt build {} --out imgopt-reproduce --no-cache --jobs 1 --format {}{}{}{}",
                     shell_quoted(source_path), format_name(settings.format), quality_argument(settings),
                     setting_arguments(settings), limit_arguments(options));
}

}  // namespace imgopt
