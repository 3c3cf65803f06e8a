#include "tool/settings/settings_layer.hpp"

#include <algorithm>

namespace imgopt {

const LayerEntry* SettingsLayer::find(OptionId id) const {
  const auto found = std::find_if(m_entries.begin(), m_entries.end(),
                                  [&](const LayerEntry& entry) { return entry.option == id; });
  return found == m_entries.end() ? nullptr : &*found;
}

void SettingsLayer::add(OptionId id, OptionValue value, std::string place) {
  const auto found = std::find_if(m_entries.begin(), m_entries.end(),
                                  [&](const LayerEntry& entry) { return entry.option == id; });
  if (found == m_entries.end()) {
    m_entries.push_back({id, {std::move(value)}, std::move(place)});
    return;
  }
  if (option(id).arity == Arity::one)
    found->values.clear();
  found->values.push_back(std::move(value));
}

void SettingsLayer::set(OptionId id, std::vector<OptionValue> values, std::string place) {
  std::erase_if(m_entries, [&](const LayerEntry& entry) { return entry.option == id; });
  m_entries.push_back({id, std::move(values), std::move(place)});
}

std::string SettingsLayer::canonical_text(OptionGroup group) const {
  std::string text;
  for (const OptionSpec& spec : option_table())
    if (const LayerEntry* entry = spec.group == group ? find(spec.id) : nullptr) {
      // Each value with its length, so that no value can look like two.
      text.append(spec.name).append(" ").append(std::to_string(entry->values.size())).append("\n");
      for (const OptionValue& value : entry->values) {
        const std::string one = value_text(spec, value);
        text.append(std::to_string(one.size())).append(":").append(one).append("\n");
      }
    }
  return text;
}

const SettingsLayer& default_layer() {
  static constexpr const char* k_built_in = "built-in default";
  static const SettingsLayer k_defaults = [] {
    SettingsLayer layer(k_built_in);
    for (const OptionSpec& spec : option_table())
      if (!spec.default_value.empty())
        if (auto value = parse_value(spec, spec.default_value))
          layer.add(spec.id, std::move(*value), k_built_in);
    return layer;
  }();
  return k_defaults;
}

}  // namespace imgopt
