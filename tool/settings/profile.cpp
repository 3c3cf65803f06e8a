#include "tool/settings/profile.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>

namespace imgopt {

namespace {

using Id = OptionId;

constexpr std::array k_web = {
    ProfileSetting{Id::format, "avif"},     ProfileSetting{Id::format, "webp"},
    ProfileSetting{Id::format, "keep"},     ProfileSetting{Id::quality, "80"},
    ProfileSetting{Id::quality, "avif=60"}, ProfileSetting{Id::metadata, "none"},
};
// Effort 7: a game's images are encoded once and loaded by every player.
constexpr std::array k_game = {
    ProfileSetting{Id::format, "keep"},
    ProfileSetting{Id::lossless, "yes"},
    ProfileSetting{Id::effort, "7"},
    ProfileSetting{Id::metadata, "none"},
};
constexpr std::array k_archive = {
    ProfileSetting{Id::format, "keep"},
    ProfileSetting{Id::lossless, "yes"},
    ProfileSetting{Id::effort, "9"},
    ProfileSetting{Id::metadata, "all"},
    ProfileSetting{Id::resize, "none"},
    ProfileSetting{Id::max_bytes, "0"},
    ProfileSetting{Id::transparent_color, "keep"},
};

}  // namespace

std::span<const ProfileSetting> profile_settings(Profile profile) {
  switch (profile) {
    case Profile::web:
      return k_web;
    case Profile::game:
      return k_game;
    case Profile::archive:
      break;
  }
  return k_archive;
}

std::optional<SettingsLayer> profile_below(const SettingsLayer& layer) {
  const LayerEntry* named = layer.find(OptionId::profile);
  if (named == nullptr)
    return std::nullopt;
  const OptionSpec& spec = option(OptionId::profile);
  const OptionValue& value = named->values.front();
  const std::string name = fmt::format("profile {}, {}", value_text(spec, value), layer.name());
  SettingsLayer below(name);
  for (const ProfileSetting& setting : profile_settings(static_cast<Profile>(std::get<std::uint64_t>(value))))
    // Cannot fail: a test parses every value of every profile.
    if (auto parsed = parse_value(option(setting.option), setting.value))
      below.add(setting.option, std::move(*parsed), name);
  return below;
}

}  // namespace imgopt
