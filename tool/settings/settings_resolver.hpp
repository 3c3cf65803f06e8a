// SettingsResolver: the settings of each source, by the folder it lies in and the rules that its name
// matches.
//
// Layers from the weakest to the strongest: the lower ones (the user's file, the top level of the project's),
// those of folders from the outermost in, the matching rules in their order, folders' rules after the
// project's, and the command line. Below each layer that names a profile stands that profile's. Sources to
// which the same layers apply share one ImageSettings, so the cost per source is that of matching. One thread
// at a time.
//
// In place nobody can bring back what an encoding lost, so a configuration that was written for builds must
// not cost the sources their quality: of all layers but the command line a general quality, a profile's
// qualities and a limit of bytes count for nothing, but that they replace weaker ones, and a quality counts
// only where it was given for one format.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "tool/settings/image_settings.hpp"
#include "tool/text/glob.hpp"

namespace imgopt {

struct SettingsRule {
  std::vector<Glob> match;  // one match is enough
  SettingsLayer layer;
};

enum class SettingsUse : std::uint8_t { build, in_place };

class SettingsResolver {
public:
  SettingsResolver(std::vector<SettingsLayer> lower, std::vector<SettingsRule> rules,
                   SettingsLayer command_line, SettingsUse use = SettingsUse::build);
  // It points into itself.
  SettingsResolver(const SettingsResolver&) = delete;
  SettingsResolver& operator=(const SettingsResolver&) = delete;

  // What a folder's own configuration says of the sources whose names begin with `folder` ("" or ending in
  // '/'); its rules match names relative to it. Outer folders first, all before the first settings_for().
  void add_folder(const std::string& folder, SettingsLayer layer, std::vector<SettingsRule> rules);

  // `source_name` is relative, with '/'. The pointer is valid as long as the resolver. Fails as
  // check_settings.
  [[nodiscard]] Result<const ImageSettings*> settings_for(std::string_view source_name);

  // What SettingOrigins index, from the weakest to the strongest; the last is the command line. Valid as long
  // as the resolver, until add_folder().
  [[nodiscard]] std::span<const SettingsLayer* const> layers() const { return m_layers; }
  // Equal texts mean that equal names get equal settings.
  [[nodiscard]] std::string canonical_text() const;

private:
  // A layer with what it applies to.
  struct Step {
    enum class Origin : std::uint8_t { written, profile };
    std::string folder;
    bool has_match = false;   // false: every source of the folder
    std::vector<Glob> match;  // against names without `folder`
    SettingsLayer layer;
    Origin origin = Origin::written;

    [[nodiscard]] bool applies_to(std::string_view name) const;
  };

  static void append(std::vector<Step>& steps, Step step);
  void number_layers();
  void forget_losses_of_builds(ImageSettings& settings) const;

  SettingsUse m_use;
  std::vector<Step> m_lower;  // and folders
  std::vector<Step> m_rules;  // and folders' rules
  std::vector<Step> m_command_line;
  std::vector<const Step*> m_steps;  // all, in their order
  std::vector<const SettingsLayer*> m_layers;
  std::map<std::vector<LayerIndex>, ImageSettings> m_known;  // by the layers that apply; nodes never move
};

}  // namespace imgopt
