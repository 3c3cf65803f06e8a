#include "tool/settings/config_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tool/settings/config_json.hpp"
#include "tool/text/suggest.hpp"

namespace imgopt {

namespace {

// Keys beside those of the option table.
constexpr std::string_view k_version_key = "version";
constexpr std::string_view k_schema_key = "$schema";
constexpr std::string_view k_sources_key = "sources";
constexpr std::string_view k_rules_key = "rules";
constexpr std::string_view k_default_quality_key = "default";
constexpr std::string_view k_config_version = "1";

enum class Scope : std::uint8_t { top_level, rule };

constexpr std::string_view k_not_the_users = "this is a project's to say, not a user's";

// Whether the option makes sense for one project alone.
bool is_of_one_project(const OptionSpec& spec) {
  return spec.group == OptionGroup::sources || spec.id == OptionId::build_name ||
         (spec.kind == ValueKind::path && spec.id != OptionId::cache_dir);
}

std::string describe(const JsonValue& value) {
  switch (value.type) {
    case JsonType::null:
      return "null";
    case JsonType::boolean:
      return value.text == "yes" ? "true" : "false";
    case JsonType::number:
      return value.text;
    case JsonType::string:
      return fmt::format("\"{}\"", value.text);
    case JsonType::list:
      return "a list";
    case JsonType::object:
      return "an object";
  }
  return "something else";
}

bool may_hold(ValueKind kind, JsonType type) {
  switch (kind) {
    case ValueKind::flag:
      return type == JsonType::boolean;
    case ValueKind::number:
    case ValueKind::seconds:
      return type == JsonType::number;
    case ValueKind::count:
    case ValueKind::size:
    case ValueKind::percent:
    case ValueKind::quality:
    case ValueKind::resize:
      return type == JsonType::number || type == JsonType::string;
    case ValueKind::choice:
    case ValueKind::duration:
    case ValueKind::text:
    case ValueKind::path:
    case ValueKind::glob:
    case ValueKind::color:
    case ValueKind::name_pattern:
      return type == JsonType::string;
  }
  return false;
}

// As expectation(), in JSON's own words.
std::string json_expectation(const OptionSpec& spec) {
  std::string text = spec.kind == ValueKind::flag ? "true or false" : expectation(spec);
  if (spec.kind == ValueKind::quality)
    text += ", or an object of these by format";
  else if (spec.arity == Arity::many)
    text += ", or a list of these";
  return text;
}

class ConfigReader {
public:
  ConfigReader(const std::string& path, ConfigRole role)
      : m_path(path), m_role(role), m_config{{}, SettingsLayer(path), {}, {}} {
    const std::size_t slash = path.rfind('/');
    if (slash != std::string::npos)
      m_folder = path.substr(0, slash + 1);
  }

  Result<ConfigFile> read(const JsonValue& root) {
    if (root.type != JsonType::object)
      return wrong(root.line, "", fmt::format("expected an object {{...}}, not {}", describe(root)));
    const auto version = std::find_if(root.members.begin(), root.members.end(),
                                      [](const JsonMember& m) { return m.key == k_version_key; });
    if (m_role == ConfigRole::request && version == root.members.end())
      return wrong(root.line, "", "a request needs \"version\": 1");
    for (const JsonMember& member : root.members)
      IMGOPT_TRY(read_top_level(member));
    IMGOPT_TRY(check_size(m_config.layer));
    return std::move(m_config);
  }

private:
  tl::unexpected<Error> wrong(std::uint32_t line, std::string_view where, std::string_view why) const {
    return fail(ErrorCode::invalid_config, fmt::format("{}{}", place(line, where), why));
  }
  // "imgopt.json:12: rules[1].quality: "
  [[nodiscard]] std::string place(std::uint32_t line, std::string_view where) const {
    return fmt::format("{}:{}: {}{}", m_path, line, where, where.empty() ? "" : ": ");
  }

  [[nodiscard]] std::string joined(const std::string& path) const {
    return path.starts_with('/') ? path : m_folder + path;
  }

  Result<void> read_top_level(const JsonMember& member) {
    if (member.key == k_version_key) {
      if (member.value.type != JsonType::number || member.value.text != k_config_version)
        return wrong(member.value.line, member.key,
                     fmt::format("expected {}, not {}", k_config_version, describe(member.value)));
      return {};
    }
    if (member.key == k_schema_key) {
      if (member.value.type != JsonType::string)
        return wrong(member.value.line, member.key,
                     fmt::format("expected a string, not {}", describe(member.value)));
      return {};
    }
    if (member.key == k_sources_key && m_role == ConfigRole::user)
      return wrong(member.line, member.key, k_not_the_users);
    if (member.key == k_sources_key)
      return read_sources(member.value);
    if (member.key == k_rules_key)
      return read_rules(member.value);
    if (member.key == k_budgets_key || member.key == k_check_ignore_key)
      return read_check(member);
    return read_option(m_config.layer, member, member.key, Scope::top_level);
  }

  Result<void> read_check(const JsonMember& member) {
    if (m_role == ConfigRole::user)
      return wrong(member.line, member.key, k_not_the_users);
    if (member.key == k_budgets_key) {
      IMGOPT_ASSIGN(m_config.check.budgets, read_budgets(member.value, m_path));
    } else {
      IMGOPT_ASSIGN(m_config.check.ignore, read_ignore_list(member.value, m_path));
    }
    return {};
  }

  Result<void> read_sources(const JsonValue& value) {
    const auto add = [&](const JsonValue& item, std::string_view where) -> Result<void> {
      if (item.type != JsonType::string || item.text.empty())
        return wrong(item.line, where,
                     fmt::format("expected a path that is not empty, not {}", describe(item)));
      m_config.sources.push_back(joined(item.text));
      return {};
    };
    if (value.type != JsonType::list)
      return add(value, k_sources_key);
    for (std::size_t i = 0; i < value.items.size(); ++i)
      IMGOPT_TRY(add(value.items[i], fmt::format("{}[{}]", k_sources_key, i)));
    return {};
  }

  Result<void> read_rules(const JsonValue& value) {
    if (value.type != JsonType::list)
      return wrong(value.line, k_rules_key, fmt::format("expected a list of rules, not {}", describe(value)));
    for (std::size_t i = 0; i < value.items.size(); ++i)
      IMGOPT_TRY(read_rule(value.items[i], fmt::format("{}[{}]", k_rules_key, i)));
    return {};
  }

  Result<void> read_rule(const JsonValue& value, const std::string& where) {
    if (value.type != JsonType::object)
      return wrong(value.line, where,
                   fmt::format("expected an object with \"match\" and settings, not {}", describe(value)));
    const auto match = std::find_if(value.members.begin(), value.members.end(),
                                    [](const JsonMember& m) { return m.key == k_match_key; });
    if (match == value.members.end())
      return wrong(value.line, where, "a rule needs \"match\", a pattern or a list of patterns");
    SettingsRule rule{{}, SettingsLayer("")};
    IMGOPT_TRY(read_match(rule, match->value, fmt::format("{}.{}", where, k_match_key)));
    std::string patterns;
    for (const Glob& glob : rule.match)
      patterns += fmt::format("{}'{}'", patterns.empty() ? "" : ", ", glob.pattern());
    rule.layer = SettingsLayer(fmt::format("{}:{} rule {}", m_path, value.line, patterns));
    for (const JsonMember& member : value.members)
      if (member.key != k_match_key)
        IMGOPT_TRY(read_option(rule.layer, member, fmt::format("{}.{}", where, member.key), Scope::rule));
    IMGOPT_TRY(check_size(rule.layer));
    m_config.rules.push_back(std::move(rule));
    return {};
  }

  Result<void> read_match(SettingsRule& rule, const JsonValue& value, const std::string& where) {
    const auto add = [&](const JsonValue& item, const std::string& at) -> Result<void> {
      if (item.type != JsonType::string)
        return wrong(item.line, at,
                     fmt::format("expected a pattern such as \"photos/**\", not {}", describe(item)));
      auto glob = Glob::parse(item.text);
      if (!glob)
        return wrong(item.line, at, glob.error().message);
      rule.match.push_back(std::move(*glob));
      return {};
    };
    if (value.type != JsonType::list)
      return add(value, where);
    if (value.items.empty())
      return wrong(value.line, where, std::string(k_no_pattern));
    for (std::size_t i = 0; i < value.items.size(); ++i)
      IMGOPT_TRY(add(value.items[i], fmt::format("{}[{}]", where, i)));
    return {};
  }

  Result<void> read_option(SettingsLayer& layer, const JsonMember& member, const std::string& where,
                           Scope scope) {
    const OptionSpec* spec = find_option(member.key);
    if (spec == nullptr)
      return wrong(member.line, where, unknown_key(member.key, scope));
    const bool request_names_config = spec->id == OptionId::config && m_role == ConfigRole::request;
    if (spec->config == ConfigUse::none && !request_names_config)
      return wrong(member.line, where,
                   fmt::format("this can be said on the command line alone, as --{}", spec->name));
    if (spec->config == ConfigUse::top_level && scope == Scope::rule)
      return wrong(member.line, where, "this holds for the whole run and cannot stand in a rule");

    if (m_role == ConfigRole::user && is_of_one_project(*spec))
      return wrong(member.line, where, k_not_the_users);

    std::vector<OptionValue> values;
    if (spec->kind == ValueKind::quality && member.value.type == JsonType::object) {
      IMGOPT_TRY(read_qualities(values, *spec, member.value, where));
    } else if (spec->arity == Arity::many && spec->kind != ValueKind::quality &&
               member.value.type == JsonType::list) {
      for (std::size_t i = 0; i < member.value.items.size(); ++i)
        IMGOPT_TRY(read_value(values, *spec, member.value.items[i], fmt::format("{}[{}]", where, i)));
      if (values.empty() && spec->id == OptionId::format)
        return wrong(member.value.line, where, "expected at least one format, not an empty list");
    } else {
      IMGOPT_TRY(read_value(values, *spec, member.value, where));
    }
    layer.set(spec->id, std::move(values), fmt::format("{}:{}: {}", m_path, member.line, where));
    return {};
  }

  Result<void> read_value(std::vector<OptionValue>& values, const OptionSpec& spec, const JsonValue& value,
                          const std::string& where) {
    if (!may_hold(spec.kind, value.type))
      return wrong(value.line, where,
                   fmt::format("expected {}, not {}", json_expectation(spec), describe(value)));
    // FORMAT= is the command line's; here a key says it.
    if (spec.kind == ValueKind::quality && value.text.find('=') != std::string::npos)
      return wrong(value.line, where, fmt::format("expected {}, not {}", expectation(spec), describe(value)));
    auto parsed = parse_value(spec, value.text);
    if (!parsed)
      return wrong(value.line, where, parsed.error().message);
    if (spec.kind == ValueKind::path)
      parsed = OptionValue(joined(std::get<std::string>(*parsed)));
    values.push_back(std::move(*parsed));
    return {};
  }

  // {"default": 80, "avif": 60}
  Result<void> read_qualities(std::vector<OptionValue>& values, const OptionSpec& spec,
                              const JsonValue& value, const std::string& where) {
    for (const JsonMember& member : value.members) {
      const std::string at = fmt::format("{}.{}", where, member.key);
      const auto format = format_from_name(member.key);
      if (!format && member.key != k_default_quality_key) {
        std::vector<std::string_view> names = {k_default_quality_key};
        for (const ImageFormat known : k_all_formats)
          names.push_back(format_name(known));
        return wrong(member.line, at, fmt::format("unknown format{}", suggestion(member.key, names)));
      }
      if (format)
        if (const auto checked = check_has_quality(*format); !checked)
          return wrong(member.line, at, checked.error().message);
      IMGOPT_TRY(read_value(values, spec, member.value, at));
      std::get<QualityValue>(values.back()).format = format;
    }
    if (value.members.empty())
      return wrong(value.line, where, "expected at least one quality, not an empty object");
    return {};
  }

  // Two sizes in one place say nothing about which is meant.
  Result<void> check_size(const SettingsLayer& layer) const {
    const LayerEntry* width = layer.find(OptionId::width);
    const LayerEntry* resize = layer.find(OptionId::resize);
    if (width == nullptr || resize == nullptr || width->values.empty())
      return {};
    return fail(ErrorCode::invalid_config,
                fmt::format("{}: width and resize exclude each other ({})", resize->place, width->place));
  }

  static std::string unknown_key(const std::string& key, Scope scope) {
    std::vector<std::string_view> keys;
    for (const OptionSpec& spec : option_table())
      if (spec.config == ConfigUse::anywhere ||
          (spec.config == ConfigUse::top_level && scope == Scope::top_level))
        keys.push_back(spec.name);
    if (scope == Scope::rule)
      keys.push_back(k_match_key);
    else
      keys.insert(keys.end(), {k_version_key, k_schema_key, k_sources_key, k_rules_key, k_budgets_key,
                               k_check_ignore_key});
    return fmt::format("unknown key{}", suggestion(key, keys));
  }

  const std::string& m_path;
  ConfigRole m_role;
  std::string m_folder;  // of the file, with its last '/', or empty
  ConfigFile m_config;
};

}  // namespace

Result<ConfigFile> parse_config(std::string_view text, const std::string& path, ConfigRole role) {
  IMGOPT_ASSIGN(const JsonValue root, parse_config_json(text, path));
  return ConfigReader(path, role).read(root);
}

}  // namespace imgopt
