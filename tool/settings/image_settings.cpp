#include "tool/settings/image_settings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tool/text/output_name.hpp"

namespace imgopt {

namespace {

// The formats that a general quality speaks for.
constexpr std::array k_lossy_formats = {ImageFormat::jpeg, ImageFormat::webp, ImageFormat::avif,
                                        ImageFormat::jxl};

std::size_t slot(ImageFormat format) {
  return static_cast<std::size_t>(format);
}

class Applier {
public:
  Applier(ImageSettings& settings, const SettingsLayer& layer, LayerIndex index)
      : m_settings(settings), m_layer(layer), m_index(index) {}

  void apply() {
    apply_size();
    apply_quality();
    if (const LayerEntry* entry = take(OptionId::format)) {
      m_settings.formats.clear();
      for (const OptionValue& value : entry->values) {
        const auto format = static_cast<FormatChoice>(std::get<std::uint64_t>(value));
        if (std::find(m_settings.formats.begin(), m_settings.formats.end(), format) ==
            m_settings.formats.end())
          m_settings.formats.push_back(format);
      }
    }
    if (const LayerEntry* entry = take(OptionId::auto_format)) {
      m_settings.auto_formats.clear();
      for (const OptionValue& value : entry->values) {
        const auto format = static_cast<ImageFormat>(std::get<std::uint64_t>(value));
        if (std::find(m_settings.auto_formats.begin(), m_settings.auto_formats.end(), format) ==
            m_settings.auto_formats.end())
          m_settings.auto_formats.push_back(format);
      }
    }
    number(OptionId::effort, m_settings.effort);
    number(OptionId::subsampling, m_settings.subsampling);
    number(OptionId::progressive, m_settings.progressive);
    number(OptionId::max_bytes, m_settings.max_bytes);
    number(OptionId::min_savings, m_settings.min_savings);
    number(OptionId::metadata, m_settings.metadata);
    number(OptionId::role, m_settings.role);
    number(OptionId::transparent_color, m_settings.transparent_color);
    if (const LayerEntry* entry = take(OptionId::background))
      m_settings.background = std::get<RgbColor>(entry->values.front());
    if (const LayerEntry* entry = take(OptionId::name))
      m_settings.name_pattern = std::get<std::string>(entry->values.front());
  }

private:
  // What the layer says of `id`, its origin noted.
  const LayerEntry* take(OptionId id) {
    const LayerEntry* entry = m_layer.find(id);
    if (entry != nullptr)
      m_settings.origins.of_option[index_of(id)] = m_index;
    return entry;
  }

  template <typename Field>
  void number(OptionId id, Field& field) {
    if (const LayerEntry* entry = take(id))
      field = static_cast<Field>(std::get<std::uint64_t>(entry->values.front()));
  }

  void apply_size() {
    if (m_layer.find(OptionId::width) != nullptr || m_layer.find(OptionId::resize) != nullptr) {
      m_settings.widths.clear();
      m_settings.resize = {};
      m_settings.origins.of_option[index_of(OptionId::width)] = m_index;
      m_settings.origins.of_option[index_of(OptionId::resize)] = m_index;
    }
    if (const LayerEntry* entry = m_layer.find(OptionId::resize))
      m_settings.resize = std::get<ResizeValue>(entry->values.front());
    if (const LayerEntry* entry = m_layer.find(OptionId::width)) {
      for (const OptionValue& value : entry->values)
        m_settings.widths.push_back(static_cast<std::uint32_t>(std::get<std::uint64_t>(value)));
      std::sort(m_settings.widths.begin(), m_settings.widths.end());
      m_settings.widths.erase(std::unique(m_settings.widths.begin(), m_settings.widths.end()),
                              m_settings.widths.end());
    }
  }

  void forget_quality_of(ImageFormat format) {
    m_settings.quality_of[slot(format)].reset();
    m_settings.origins.of_format_quality[slot(format)] = k_from_defaults;
  }

  void apply_quality() {
    if (const LayerEntry* entry = take(OptionId::lossless)) {
      m_settings.lossless = std::get<bool>(entry->values.front()) ? Lossless::yes : Lossless::no;
      if (m_settings.lossless == Lossless::yes) {
        m_settings.quality.reset();
        m_settings.origins.of_option[index_of(OptionId::quality)] = k_from_defaults;
        for (const ImageFormat format : k_all_formats)
          forget_quality_of(format);
      }
    }
    const LayerEntry* entry = m_layer.find(OptionId::quality);
    if (entry == nullptr)
      return;
    for (const OptionValue& value : entry->values)
      if (!std::get<QualityValue>(value).format)
        apply_general_quality(std::get<QualityValue>(value).choice);
    for (const OptionValue& value : entry->values) {
      const auto& quality = std::get<QualityValue>(value);
      if (quality.format) {
        m_settings.quality_of[slot(*quality.format)] = quality.choice;
        m_settings.origins.of_format_quality[slot(*quality.format)] = m_index;
      }
    }
  }

  void apply_general_quality(const QualityChoice& choice) {
    m_settings.quality = choice;
    m_settings.origins.of_option[index_of(OptionId::quality)] = m_index;
    for (const ImageFormat format : k_lossy_formats)
      forget_quality_of(format);
    if (m_settings.lossless == Lossless::yes && m_layer.find(OptionId::lossless) == nullptr) {
      m_settings.lossless = Lossless::no;
      m_settings.origins.of_option[index_of(OptionId::lossless)] = m_index;
    }
  }

  ImageSettings& m_settings;
  const SettingsLayer& m_layer;
  LayerIndex m_index;
};

// Where the layer that set `id` says it; empty for a default.
std::string place_of(const ImageSettings& settings, std::span<const SettingsLayer* const> layers,
                     OptionId id) {
  const LayerIndex origin = settings.origins.of_option[index_of(id)];
  if (origin < 0 || static_cast<std::size_t>(origin) >= layers.size())
    return {};
  const LayerEntry* entry = layers[static_cast<std::size_t>(origin)]->find(id);
  return entry == nullptr ? std::string() : entry->place;
}

tl::unexpected<Error> contradiction(const std::string& place, std::string message) {
  const bool on_command_line = place.starts_with("--");
  return fail(on_command_line ? ErrorCode::invalid_argument : ErrorCode::invalid_config,
              place.empty() ? std::move(message) : fmt::format("{}: {}", place, message));
}

}  // namespace

ImageSettings default_settings() {
  ImageSettings settings;
  settings.origins.of_option.fill(k_from_defaults);
  settings.origins.of_format_quality.fill(k_from_defaults);
  apply_layer(settings, default_layer(), k_from_defaults);
  return settings;
}

void apply_layer(ImageSettings& settings, const SettingsLayer& layer, LayerIndex index) {
  Applier(settings, layer, index).apply();
}

Result<void> check_settings(const ImageSettings& settings, std::span<const SettingsLayer* const> layers) {
  const bool color_means_something =
      settings.role == Role::normal || settings.role == Role::mask || settings.role == Role::data;
  if (settings.transparent_color == TransparentColorChoice::rewrite && color_means_something) {
    const std::string role_place = place_of(settings, layers, OptionId::role);
    return contradiction(place_of(settings, layers, OptionId::transparent_color),
                         fmt::format("colour under full transparency must not be rewritten for the role "
                                     "{}{}, whose values mean something",
                                     value_text(option(OptionId::role),
                                                OptionValue(static_cast<std::uint64_t>(settings.role))),
                                     role_place.empty() ? "" : fmt::format(" ({})", role_place)));
  }
  if (!settings.name_pattern.empty() && uses_width(settings.name_pattern) && settings.widths.empty() &&
      settings.resize.mode != ResizeMode::width)
    return contradiction(
        place_of(settings, layers, OptionId::name),
        fmt::format("the name \"{}\" has {{width}}, but no width is asked for", settings.name_pattern));
  return {};
}

Result<ImageSettings> merge_settings(std::span<const SettingsLayer* const> layers) {
  ImageSettings settings = default_settings();
  for (std::size_t i = 0; i < layers.size(); ++i)
    apply_layer(settings, *layers[i], static_cast<LayerIndex>(i));
  IMGOPT_TRY(check_settings(settings, layers));
  return settings;
}

}  // namespace imgopt
