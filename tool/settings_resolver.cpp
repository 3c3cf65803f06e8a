#include "tool/settings_resolver.hpp"

#include <algorithm>
#include <utility>

namespace imgopt {

SettingsResolver::SettingsResolver(std::vector<SettingsLayer> lower, std::vector<SettingsRule> rules,
                                   SettingsLayer command_line)
    : m_lower(std::move(lower)), m_rules(std::move(rules)), m_command_line(std::move(command_line)) {
  for (const SettingsLayer& layer : m_lower)
    m_layers.push_back(&layer);
  for (const SettingsRule& rule : m_rules)
    m_layers.push_back(&rule.layer);
  m_layers.push_back(&m_command_line);
}

Result<const ImageSettings*> SettingsResolver::settings_for(std::string_view source_name) {
  std::vector<LayerIndex> matching;
  for (std::size_t i = 0; i < m_rules.size(); ++i)
    if (std::any_of(m_rules[i].match.begin(), m_rules[i].match.end(),
                    [&](const Glob& glob) { return glob.matches(source_name); }))
      matching.push_back(static_cast<LayerIndex>(m_lower.size() + i));
  if (const auto known = m_known.find(matching); known != m_known.end())
    return &known->second;

  ImageSettings settings = default_settings();
  const auto apply = [&](std::size_t index) {
    apply_layer(settings, *m_layers[index], static_cast<LayerIndex>(index));
  };
  for (std::size_t i = 0; i < m_lower.size(); ++i)
    apply(i);
  for (const LayerIndex index : matching)
    apply(static_cast<std::size_t>(index));
  apply(m_layers.size() - 1);
  IMGOPT_TRY(check_settings(settings, m_layers));
  return &m_known.emplace(std::move(matching), std::move(settings)).first->second;
}

std::string SettingsResolver::canonical_text() const {
  std::string text;
  const auto add = [&](std::string_view kind, const std::string& part) {
    text.append(kind).append(" ").append(std::to_string(part.size())).append("\n").append(part);
  };
  for (const SettingsLayer& layer : m_lower)
    add("layer", layer.canonical_text(OptionGroup::settings));
  for (const SettingsRule& rule : m_rules) {
    for (const Glob& glob : rule.match)
      add("match", glob.pattern());
    add("rule", rule.layer.canonical_text(OptionGroup::settings));
  }
  add("command-line", m_command_line.canonical_text(OptionGroup::settings));
  return text;
}

}  // namespace imgopt
