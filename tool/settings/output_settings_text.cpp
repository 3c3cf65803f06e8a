#include "tool/settings/output_settings_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "tool/settings/option_table.hpp"

namespace imgopt {

namespace {

// Parts of the key that one option sets together.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> k_options_of_parts = {{
    {"quality-mode", "quality"},
    {"target-score", "quality"},
    {"lossless", "quality"},
    {"resize-width", "resize"},
    {"resize-height", "resize"},
}};

std::string number_text(OptionId id, std::uint64_t value) {
  return value_text(option(id), OptionValue(value));
}

std::string quality_text(const OutputSettings& s) {
  if (s.lossless == Lossless::yes)
    return "lossless";
  return value_text(option(OptionId::quality),
                    QualityValue{std::nullopt, {s.quality_mode, s.quality, s.target_score}});
}

// The layer that decided the quality of `format`: that of the format itself, else --lossless, else --quality.
std::pair<OptionId, LayerIndex> quality_origin(const ImageSettings& settings, ImageFormat format) {
  const auto slot = static_cast<std::size_t>(format);
  if (settings.quality_of[slot])
    return {OptionId::quality, settings.origins.of_format_quality[slot]};
  const OptionId id = settings.lossless == Lossless::yes ? OptionId::lossless : OptionId::quality;
  return {id, settings.origins.of_option[index_of(id)]};
}

std::pair<OptionId, LayerIndex> origin_of(const ImageSettings& settings, ImageFormat format, OptionId id) {
  if (id == OptionId::quality)
    return quality_origin(settings, format);
  if (id == OptionId::resize && !settings.widths.empty())
    id = OptionId::width;
  return {id, settings.origins.of_option[index_of(id)]};
}

}  // namespace

std::string_view option_of_part(std::string_view part) {
  for (const auto& [name, option] : k_options_of_parts)
    if (name == part)
      return option;
  return part;
}

std::string setting_text(std::string_view name, const OutputSettings& s) {
  const OptionSpec* spec = find_option(name);
  if (spec == nullptr)
    return {};
  switch (spec->id) {
    case OptionId::format:
      return std::string(format_name(s.format));
    case OptionId::quality:
      return quality_text(s);
    case OptionId::effort:
      return number_text(spec->id, s.effort);
    case OptionId::resize:
      return value_text(*spec, ResizeValue{s.resize, s.resize_width, s.resize_height});
    case OptionId::max_bytes:
      return number_text(spec->id, s.max_bytes);
    case OptionId::min_savings:
      return number_text(spec->id, s.min_savings);
    case OptionId::subsampling:
      return number_text(spec->id, static_cast<std::uint64_t>(s.subsampling));
    case OptionId::progressive:
      return number_text(spec->id, static_cast<std::uint64_t>(s.progressive));
    case OptionId::metadata:
      return number_text(spec->id, static_cast<std::uint64_t>(s.metadata));
    case OptionId::role:
      return number_text(spec->id, static_cast<std::uint64_t>(s.role));
    case OptionId::background:
      return value_text(*spec, s.background);
    case OptionId::transparent_color:
      return s.transparent_color == TransparentColor::rewrite ? "rewrite" : "keep";
    default:
      return {};
  }
}

std::string setting_places(const ImageSettings& settings, ImageFormat format,
                           const SettingsResolver& resolver) {
  std::string places;
  for (const OptionSpec& spec : option_table()) {
    if (spec.group != OptionGroup::settings || spec.id == OptionId::width || spec.id == OptionId::lossless ||
        spec.id == OptionId::profile)
      continue;
    const auto [id, layer] = origin_of(settings, format, spec.id);
    if (layer == k_from_defaults)
      continue;
    const SettingsLayer& given = *resolver.layers()[static_cast<std::size_t>(layer)];
    const LayerEntry* entry = given.find(id);
    places.append(spec.name).push_back('\0');
    places.append(entry == nullptr ? given.name() : entry->place).push_back('\0');
  }
  return places;
}

std::string_view place_in(std::string_view places, std::string_view option) {
  const auto next = [&places] {
    const std::string_view word = places.substr(0, places.find('\0'));
    places.remove_prefix(std::min(places.size(), word.size() + 1));
    return word;
  };
  while (!places.empty()) {
    const std::string_view name = next();
    const std::string_view place = next();
    if (name == option)
      return place;
  }
  return {};
}

}  // namespace imgopt
