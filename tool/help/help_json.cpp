#include "tool/help/help_json.hpp"

#include <nlohmann/json.hpp>

#include "tool/help/help_topics.hpp"
#include "tool/settings/option_table.hpp"
#include "tool/settings/profile.hpp"

namespace imgopt {

namespace {

using Json = nlohmann::ordered_json;

std::string_view group_name(OptionGroup group) {
  switch (group) {
    case OptionGroup::settings:
      return "settings";
    case OptionGroup::sources:
      return "sources";
    case OptionGroup::running:
      return "running";
    case OptionGroup::telling:
      break;
  }
  return "telling";
}

std::string_view config_name(ConfigUse use) {
  return use == ConfigUse::anywhere ? "anywhere" : use == ConfigUse::top_level ? "top-level" : "none";
}

Json option_json(const OptionSpec& spec) {
  Json json = {{"name", spec.name}, {"group", group_name(spec.group)}, {"config", config_name(spec.config)}};
  if (spec.short_name != 0)
    json["letter"] = std::string(1, spec.short_name);
  json["flag"] = spec.kind == ValueKind::flag;
  json["repeatable"] = spec.arity == Arity::many;
  if (!spec.value_name.empty())
    json["value"] = spec.value_name;
  if (!spec.implied_value.empty())
    json["implied"] = spec.implied_value;
  if (!spec.choices.empty()) {
    json["choices"] = Json::array();
    for (const Choice& choice : spec.choices)
      json["choices"].push_back({{"name", choice.name}, {"summary", choice.summary}});
  }
  if (const auto shown = spec.default_note.empty() ? spec.default_value : spec.default_note; !shown.empty())
    json["default"] = shown;
  json["summary"] = spec.summary;
  json["details"] = spec.details;
  json["commands"] = Json::array();
  for (const CommandSpec& command : command_table())
    if (accepts(spec, command.command))
      json["commands"].push_back(command.name);
  return json;
}

}  // namespace

std::string help_json() {
  Json json = {{"schema", 1}};
  json["commands"] = Json::array();
  for (const CommandSpec& command : command_table())
    json["commands"].push_back({{"name", command.name},
                                {"arguments", command.arguments},
                                {"summary", command.summary},
                                {"details", command.details}});
  json["options"] = Json::array();
  for (const OptionSpec& spec : option_table())
    json["options"].push_back(option_json(spec));
  json["profiles"] = Json::array();
  for (const Choice& choice : option(OptionId::profile).choices) {
    Json settings = Json::array();
    for (const ProfileSetting& setting : profile_settings(static_cast<Profile>(choice.value)))
      settings.push_back({{"option", option(setting.option).name}, {"value", setting.value}});
    json["profiles"].push_back(
        {{"name", choice.name}, {"summary", choice.summary}, {"settings", std::move(settings)}});
  }
  json["topics"] = Json::array();
  for (const HelpTopic& topic : help_topics())
    json["topics"].push_back({{"name", topic.name}, {"summary", topic.summary}, {"text", topic_text(topic)}});
  return json.dump(2) + "\n";
}

}  // namespace imgopt
