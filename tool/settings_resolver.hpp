// SettingsResolver: the settings of each source, by the rules whose patterns its name matches.
//
// Layers from the weakest to the strongest: the lower ones (a configuration's top level), the matching rules
// in their order, the command line. Sources that match the same rules share one ImageSettings, so the cost
// per source is that of matching. One thread at a time.
#pragma once

#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "tool/glob.hpp"
#include "tool/image_settings.hpp"

namespace imgopt {

struct SettingsRule {
  std::vector<Glob> match;  // one match is enough
  SettingsLayer layer;
};

class SettingsResolver {
public:
  SettingsResolver(std::vector<SettingsLayer> lower, std::vector<SettingsRule> rules,
                   SettingsLayer command_line);
  // It points into itself.
  SettingsResolver(const SettingsResolver&) = delete;
  SettingsResolver& operator=(const SettingsResolver&) = delete;

  // `source_name` is relative, with '/'. The pointer is valid as long as the resolver. Fails as
  // check_settings.
  [[nodiscard]] Result<const ImageSettings*> settings_for(std::string_view source_name);

  // What SettingOrigins index: lower layers, all rules, the command line. Valid as long as the resolver.
  [[nodiscard]] std::span<const SettingsLayer* const> layers() const { return m_layers; }
  // Equal texts mean that equal names get equal settings.
  [[nodiscard]] std::string canonical_text() const;

private:
  std::vector<SettingsLayer> m_lower;
  std::vector<SettingsRule> m_rules;
  SettingsLayer m_command_line;
  std::vector<const SettingsLayer*> m_layers;
  std::map<std::vector<LayerIndex>, ImageSettings> m_known;  // by the matching layers; nodes never move
};

}  // namespace imgopt
