// Settings as people read them: each with its value and where it was said.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tool/settings/image_settings.hpp"
#include "tool/settings/settings_layer.hpp"

namespace imgopt {

struct SettingLine {
  std::string name;                 // "quality", "quality.avif", "jobs"
  std::vector<std::string> values;  // as the command line takes them; none: nothing is asked for
  std::string remark;               // what holds where `values` is empty: "none", "half of the memory"
  std::string layer;                // "default", "imgopt.json", "command line"
  std::string place;                // "imgopt.json:12: rules[1].quality", "--quality"; empty for a default
};

// Every setting of one image. `layers` is the stack that its origins index.
[[nodiscard]] std::vector<SettingLine> describe_settings(const ImageSettings& settings,
                                                         std::span<const SettingsLayer* const> layers);

// Every option that a configuration may set once for the run; `layers` from the weakest to the strongest.
[[nodiscard]] std::vector<SettingLine> describe_run(std::span<const SettingsLayer* const> layers);

// The values in one line: "avif, webp, keep".
[[nodiscard]] std::string joined_values(const SettingLine& line);

}  // namespace imgopt
