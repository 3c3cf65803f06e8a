// A settings layer: what one place (the command line, a configuration's top level, one rule) says.
//
// Layers are stacked from the weakest to the strongest; per setting the strongest that speaks of it wins, a
// list replacing a weaker list as a whole. ImageSettings and RunOptions are made from such stacks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "tool/settings/option_value.hpp"

namespace imgopt {

struct LayerEntry {
  OptionId option = OptionId::help;
  std::vector<OptionValue> values;  // one, or for Arity::many any number
  std::string place;                // "--quality", "imgopt.json:12: rules[1].quality"
};

class SettingsLayer {
public:
  explicit SettingsLayer(std::string name) : m_name(std::move(name)) {}

  // For people: "command line", "imgopt.json", "imgopt.json:12 rule 'photos/**'".
  [[nodiscard]] const std::string& name() const { return m_name; }
  // At most one an option, in the order in which options were first given.
  [[nodiscard]] const std::vector<LayerEntry>& entries() const { return m_entries; }
  [[nodiscard]] const LayerEntry* find(OptionId id) const;

  // A value given once more: Arity::one replaces it, Arity::many appends it.
  void add(OptionId id, OptionValue value, std::string place);
  // Replaces what the layer says of this option; an empty list is a statement too.
  void set(OptionId id, std::vector<OptionValue> values, std::string place);

  // Names and values of a group's options, in table order and without places: equal texts mean layers that
  // say the same.
  [[nodiscard]] std::string canonical_text(OptionGroup group) const;

private:
  std::string m_name;
  std::vector<LayerEntry> m_entries;
};

// The built-in defaults, from the table.
[[nodiscard]] const SettingsLayer& default_layer();

}  // namespace imgopt
