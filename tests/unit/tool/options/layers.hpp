// Layers for tests, written as a user would write the options.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "tool/settings/settings_layer.hpp"

namespace imgopt {

// layer("rule", {{"quality", "80"}, {"format", "webp"}}); options that are many may stand several times.
inline SettingsLayer layer(std::string name,
                           std::initializer_list<std::pair<std::string_view, std::string_view>> options) {
  SettingsLayer result(name);
  for (const auto& [key, text] : options) {
    const OptionSpec& spec = *find_option(key);
    result.add(spec.id, parse_value(spec, text).value(), name + ": " + std::string(key));
  }
  return result;
}

}  // namespace imgopt
