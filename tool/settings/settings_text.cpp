#include "tool/settings/settings_text.hpp"

#include <fmt/format.h>

#include <utility>

namespace imgopt {

namespace {

constexpr std::string_view k_default_layer_name = "default";

class Description {
public:
  Description(const ImageSettings& settings, std::span<const SettingsLayer* const> layers)
      : m_settings(settings), m_layers(layers) {}

  std::vector<SettingLine> lines() {
    for (const OptionSpec& spec : option_table())
      if (spec.group == OptionGroup::settings)
        add(spec);
    return std::move(m_lines);
  }

private:
  static std::string text(OptionId id, const OptionValue& value) { return value_text(option(id), value); }
  template <typename Enum>
  static std::vector<std::string> number(OptionId id, Enum value) {
    return {text(id, static_cast<std::uint64_t>(value))};
  }

  void add(const OptionSpec& spec) {
    if (spec.id == OptionId::profile)
      return;  // what it sets is shown where it is set
    put(std::string(spec.name), values(spec.id), spec.id, m_settings.origins.of_option[index_of(spec.id)]);
    if (spec.id != OptionId::quality)
      return;
    for (const ImageFormat format : k_all_formats) {
      const auto slot = static_cast<std::size_t>(format);
      if (const auto& quality = m_settings.quality_of[slot])
        put(fmt::format("{}.{}", spec.name, format_name(format)),
            {text(spec.id, QualityValue{std::nullopt, *quality})}, spec.id,
            m_settings.origins.of_format_quality[slot]);
    }
  }

  [[nodiscard]] std::vector<std::string> values(OptionId id) const {
    const ImageSettings& s = m_settings;
    switch (id) {
      case OptionId::format: {
        std::vector<std::string> names;
        for (const FormatChoice format : s.formats)
          names.push_back(text(id, static_cast<std::uint64_t>(format)));
        return names;
      }
      case OptionId::auto_format: {
        std::vector<std::string> names;
        for (const ImageFormat format : s.auto_formats)
          names.push_back(text(id, static_cast<std::uint64_t>(format)));
        return names;
      }
      case OptionId::width: {
        std::vector<std::string> widths;
        for (const std::uint32_t width : s.widths)
          widths.push_back(fmt::format("{}", width));
        return widths;
      }
      case OptionId::quality:
        return s.quality ? std::vector{text(id, QualityValue{std::nullopt, *s.quality})}
                         : std::vector<std::string>();
      case OptionId::resize:
        return s.resize.mode == ResizeMode::none ? std::vector<std::string>()
                                                 : std::vector{text(id, s.resize)};
      case OptionId::name:
        return s.name_pattern.empty() ? std::vector<std::string>() : std::vector{s.name_pattern};
      case OptionId::lossless:
        return {text(id, s.lossless == Lossless::yes)};
      case OptionId::background:
        return {text(id, s.background)};
      case OptionId::effort:
        return number(id, s.effort);
      case OptionId::max_bytes:
        return number(id, s.max_bytes);
      case OptionId::min_savings:
        return number(id, s.min_savings);
      case OptionId::subsampling:
        return number(id, s.subsampling);
      case OptionId::progressive:
        return number(id, s.progressive);
      case OptionId::metadata:
        return number(id, s.metadata);
      case OptionId::role:
        return number(id, s.role);
      case OptionId::transparent_color:
        return number(id, s.transparent_color);
      default:
        return {};
    }
  }

  void put(std::string name, std::vector<std::string> values, OptionId id, LayerIndex origin) {
    SettingLine line;
    line.name = std::move(name);
    line.values = std::move(values);
    if (line.values.empty())
      line.remark = option(id).default_note.empty() ? "none" : option(id).default_note;
    line.layer = k_default_layer_name;
    if (origin >= 0 && static_cast<std::size_t>(origin) < m_layers.size()) {
      const SettingsLayer& layer = *m_layers[static_cast<std::size_t>(origin)];
      line.layer = layer.name();
      const LayerEntry* entry = layer.find(id);
      // A width undoes a weaker resize: then the layer says nothing of the name itself.
      line.place = entry != nullptr ? entry->place : layer.name();
    }
    m_lines.push_back(std::move(line));
  }

  const ImageSettings& m_settings;
  std::span<const SettingsLayer* const> m_layers;
  std::vector<SettingLine> m_lines;
};

}  // namespace

std::vector<SettingLine> describe_settings(const ImageSettings& settings,
                                           std::span<const SettingsLayer* const> layers) {
  return Description(settings, layers).lines();
}

std::vector<SettingLine> describe_run(std::span<const SettingsLayer* const> layers) {
  std::vector<SettingLine> lines;
  for (const OptionSpec& spec : option_table()) {
    if (spec.config != ConfigUse::top_level)
      continue;
    SettingLine line;
    line.name = spec.name;
    line.layer = k_default_layer_name;
    const LayerEntry* entry = default_layer().find(spec.id);
    for (const SettingsLayer* layer : layers)
      if (const LayerEntry* said = layer->find(spec.id)) {
        entry = said;
        line.layer = layer->name();
        line.place = said->place;
      }
    if (entry != nullptr)
      for (const OptionValue& value : entry->values)
        line.values.push_back(value_text(spec, value));
    if (line.values.empty())
      line.remark =
          spec.default_note.empty() ? (spec.kind == ValueKind::flag ? "no" : "none") : spec.default_note;
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string joined_values(const SettingLine& line) {
  return line.values.empty() ? line.remark : fmt::format("{}", fmt::join(line.values, ", "));
}

}  // namespace imgopt
