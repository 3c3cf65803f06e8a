// Profiles: settings that go together, by one name (--profile web).
//
// A profile counts where it is named: it becomes a layer of its own right below the layer that names it, so
// that whatever else is said there, or in a stronger place, wins.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "tool/settings/settings_layer.hpp"

namespace imgopt {

enum class Profile : std::uint8_t { web = 0, game = 1, archive = 2 };

struct ProfileSetting {
  OptionId option = OptionId::help;
  std::string_view value;  // as on the command line; an option of Arity::many may stand several times
};

// What a profile sets.
[[nodiscard]] std::span<const ProfileSetting> profile_settings(Profile profile);

// The layer of the profile that `layer` names, if it names one.
[[nodiscard]] std::optional<SettingsLayer> profile_below(const SettingsLayer& layer);

}  // namespace imgopt
