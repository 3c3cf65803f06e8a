#include "tool/settings/settings_resolver.hpp"

#include <algorithm>
#include <utility>

#include "tool/settings/profile.hpp"

namespace imgopt {

bool SettingsResolver::Step::applies_to(std::string_view name) const {
  if (!name.starts_with(folder))
    return false;
  name.remove_prefix(folder.size());
  return !has_match ||
         std::any_of(match.begin(), match.end(), [&](const Glob& glob) { return glob.matches(name); });
}

void SettingsResolver::append(std::vector<Step>& steps, Step step) {
  if (auto profile = profile_below(step.layer))
    steps.push_back({step.folder, step.has_match, step.match, std::move(*profile), Step::Origin::profile});
  steps.push_back(std::move(step));
}

SettingsResolver::SettingsResolver(std::vector<SettingsLayer> lower, std::vector<SettingsRule> rules,
                                   SettingsLayer command_line, SettingsUse use)
    : m_use(use) {
  for (SettingsLayer& layer : lower)
    append(m_lower, {"", false, {}, std::move(layer)});
  for (SettingsRule& rule : rules)
    append(m_rules, {"", true, std::move(rule.match), std::move(rule.layer)});
  append(m_command_line, {"", false, {}, std::move(command_line)});
  number_layers();
}

void SettingsResolver::add_folder(const std::string& folder, SettingsLayer layer,
                                  std::vector<SettingsRule> rules) {
  append(m_lower, {folder, false, {}, std::move(layer)});
  for (SettingsRule& rule : rules)
    append(m_rules, {folder, true, std::move(rule.match), std::move(rule.layer)});
  number_layers();
}

void SettingsResolver::number_layers() {
  m_steps.clear();
  m_layers.clear();
  m_known.clear();
  for (const std::vector<Step>* steps : {&m_lower, &m_rules, &m_command_line})
    for (const Step& step : *steps) {
      m_steps.push_back(&step);
      m_layers.push_back(&step.layer);
    }
}

void SettingsResolver::forget_losses_of_builds(ImageSettings& settings) const {
  const auto forget = [&](OptionId id) { settings.origins.of_option[index_of(id)] = k_from_defaults; };
  settings.quality.reset();
  forget(OptionId::quality);
  settings.max_bytes = 0;
  forget(OptionId::max_bytes);
  for (std::size_t format = 0; format < k_format_slots; ++format) {
    LayerIndex& origin = settings.origins.of_format_quality[format];
    if (origin == k_from_defaults ||
        m_steps[static_cast<std::size_t>(origin)]->origin != Step::Origin::profile)
      continue;
    settings.quality_of[format].reset();
    origin = k_from_defaults;
  }
}

Result<const ImageSettings*> SettingsResolver::settings_for(std::string_view source_name) {
  std::vector<LayerIndex> applying;
  for (std::size_t i = 0; i < m_steps.size(); ++i)
    if (m_steps[i]->applies_to(source_name))
      applying.push_back(static_cast<LayerIndex>(i));
  if (const auto known = m_known.find(applying); known != m_known.end())
    return &known->second;

  const auto own_words = static_cast<LayerIndex>(m_steps.size() - m_command_line.size());
  ImageSettings settings = default_settings();
  bool has_own_words = false;
  for (const LayerIndex index : applying) {
    if (m_use == SettingsUse::in_place && index >= own_words && !std::exchange(has_own_words, true))
      forget_losses_of_builds(settings);
    apply_layer(settings, *m_layers[static_cast<std::size_t>(index)], index);
  }
  IMGOPT_TRY(check_settings(settings, m_layers));
  return &m_known.emplace(std::move(applying), std::move(settings)).first->second;
}

std::string SettingsResolver::canonical_text() const {
  std::string text;
  const auto add = [&](std::string_view kind, const std::string& part) {
    text.append(kind).append(" ").append(std::to_string(part.size())).append("\n").append(part);
  };
  for (const Step* step : m_steps) {
    if (!step->folder.empty())
      add("folder", step->folder);
    for (const Glob& glob : step->match)
      add("match", glob.pattern());
    add(step->has_match ? "rule" : "layer", step->layer.canonical_text(OptionGroup::settings));
  }
  return text;
}

}  // namespace imgopt
