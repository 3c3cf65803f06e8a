// The settings of an output as people say them: under the names of the options that set them, with where they
// came from.
#pragma once

#include <string>
#include <string_view>

#include "protocol/output_settings.hpp"
#include "tool/settings/image_settings.hpp"
#include "tool/settings/settings_resolver.hpp"

namespace imgopt {

// The option that stands for a part of the key: "quality" for "target-score". Parts that are settings of
// their own, or none, keep their name.
[[nodiscard]] std::string_view option_of_part(std::string_view part);

// The value of such an option in resolved settings, as its option takes it ("60", "auto:80", "lossless");
// empty where `option` names no setting.
[[nodiscard]] std::string setting_text(std::string_view option, const OutputSettings& settings);

// Where the settings of an output in `format` came from: for each that is not a built-in default the option's
// name and the place, each ended by '\0'.
[[nodiscard]] std::string setting_places(const ImageSettings& settings, ImageFormat format,
                                         const SettingsResolver& resolver);
// The place in such a text; empty for a built-in default.
[[nodiscard]] std::string_view place_in(std::string_view places, std::string_view option);

}  // namespace imgopt
