#include "tool/settings/config_schema.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "protocol/image_format.hpp"
#include "tool/settings/check_config.hpp"
#include "tool/settings/option_table.hpp"
#include "tool/settings/option_value.hpp"

namespace imgopt {

namespace {

using Json = nlohmann::ordered_json;

// Numbers as they may stand in texts; leading zeros are taken.
constexpr std::string_view k_percent_number = "0*(100|[1-9][0-9]?)";
constexpr std::string_view k_pixels = "0*[1-9][0-9]{0,4}";

Json text_like(std::string_view pattern) {
  return {{"type", "string"}, {"pattern", fmt::format("^{}$", pattern)}};
}

// What Glob::parse takes, but for brackets and braces that do not pair up, which is beyond a regular
// expression.
Json glob_schema() {
  constexpr std::string_view k_component = "(?!\\.\\.?(/|$))[^/\\u0000]+";
  return {{"type", "string"},
          {"minLength", 1},
          {"maxLength", 4096},
          {"pattern", fmt::format("^(\\./|/)?{0}(/{0})*/?$", k_component)},
          {"not", {{"pattern", "(^|[^\\\\])(\\\\\\\\)*\\\\$"}}}};
}

Json whole_number(const NumberRange& range) {
  Json json = {{"type", "integer"}, {"minimum", range.least}};
  if (range.most != NumberRange{}.most)
    json["maximum"] = range.most;
  return json;
}

Json any_of(Json first, Json second) {
  return {{"anyOf", Json::array({std::move(first), std::move(second)})}};
}

Json quality_value(const OptionSpec& spec) {
  return any_of(whole_number(spec.range),
                text_like(fmt::format("(auto(:{0})?|near-lossless(:{0})?|{0})", k_percent_number)));
}

Json quality_schema(const OptionSpec& spec) {
  Json by_format = {{"type", "object"},
                    {"properties", {{"default", quality_value(spec)}}},
                    {"additionalProperties", false},
                    {"minProperties", 1}};
  for (const ImageFormat format : k_all_formats)
    if (check_has_quality(format))
      by_format["properties"][std::string(format_name(format))] = quality_value(spec);
  Json json = quality_value(spec);
  json["anyOf"].push_back(std::move(by_format));
  return json;
}

Json choice_schema(const OptionSpec& spec) {
  Json names = Json::array();
  for (const Choice& choice : spec.choices)
    names.push_back(choice.name);
  if (spec.id != OptionId::format)
    return {{"enum", std::move(names)}};
  // The parser takes the spellings that extensions teach, too; they need not be proposed.
  return any_of({{"enum", std::move(names)}}, {{"enum", {"jpg", "tif"}}});
}

// Of one value.
Json value_schema(const OptionSpec& spec) {
  switch (spec.kind) {
    case ValueKind::flag:
      return {{"type", "boolean"}};
    case ValueKind::number:
      return whole_number(spec.range);
    case ValueKind::count:
      return any_of(whole_number(spec.range), text_like("[0-9]+(\\.[0-9]+)? ?[kKmMgG]?"));
    case ValueKind::size:
      return any_of(whole_number(spec.range), text_like("[0-9]+(\\.[0-9]+)? ?([kKmMgG]([iI]?[bB])?|[bB])?"));
    case ValueKind::percent:
      return any_of({{"type", "number"}, {"minimum", 0}, {"maximum", 100}},
                    text_like("[0-9]+(\\.[0-9]+)? ?%?"));
    case ValueKind::seconds:
      return {{"type", "number"},
              {"minimum", static_cast<double>(spec.range.least) / 1000},
              {"maximum", spec.range.most / 1000}};
    case ValueKind::duration:
      return text_like("[0-9]+(\\.[0-9]+)? ?[sSmMhHdDwW]");
    case ValueKind::choice:
      return choice_schema(spec);
    case ValueKind::text:
      return text_like("[^\\u0000-\\u001f\\u007f]+");
    case ValueKind::glob:
      return glob_schema();
    case ValueKind::path:
      return {{"type", "string"}, {"minLength", 1}};
    case ValueKind::quality:
      return quality_schema(spec);
    case ValueKind::resize:
      return any_of(whole_number(spec.range),
                    text_like(fmt::format("(none|{0}|{0}x{0}|x{0}|longest:{0}|shortest:{0})", k_pixels)));
    case ValueKind::color:
      return text_like(
          "(#[0-9a-fA-F]{3}|#[0-9a-fA-F]{6}|[wW]hite|[bB]lack|[gG]ray|[sS]ilver|[rR]ed|[gG]reen|[bB]lue|"
          "[yY]ellow|[mM]agenta|[cC]yan)");
    case ValueKind::name_pattern:
      return text_like("([^{}\\u0000-\\u001f]|\\{(stem|ext|width|format)\\})+");
  }
  return true;
}

Json list_or_one(Json one, std::uint64_t least) {
  Json list = {{"type", "array"}, {"items", one}};
  if (least > 0)
    list["minItems"] = least;
  return any_of(std::move(one), std::move(list));
}

Json option_schema(const OptionSpec& spec) {
  Json json = {{"description", spec.details.empty() ? std::string(spec.summary)
                                                    : fmt::format("{} {}", spec.summary, spec.details)}};
  const bool is_list = spec.arity == Arity::many && spec.kind != ValueKind::quality;
  json.update(is_list ? list_or_one(value_schema(spec),
                                    spec.id == OptionId::format || spec.id == OptionId::auto_format ? 1 : 0)
                      : value_schema(spec));
  if (spec.kind == ValueKind::flag)
    json["default"] = false;
  else if (!spec.default_value.empty() && spec.kind == ValueKind::number)
    json["default"] = std::stoull(std::string(spec.default_value));
  else if (!spec.default_value.empty())
    json["default"] = spec.default_value;
  return json;
}

// An object whose keys are the options that may stand at `least` or more general places.
Json object_schema(bool (*may_stand)(const OptionSpec&)) {
  Json json = {{"type", "object"}, {"properties", Json::object()}, {"additionalProperties", false}};
  for (const OptionSpec& spec : option_table())
    if (may_stand(spec))
      json["properties"][std::string(spec.name)] = option_schema(spec);
  const Json some_width = list_or_one({{"type", "integer"}}, 1);
  json["not"] = {{"required", {"width", "resize"}}, {"properties", {{"width", some_width}}}};
  return json;
}

}  // namespace

std::string config_schema() {
  const Json path = {{"type", "string"}, {"minLength", 1}};
  Json rule = object_schema([](const OptionSpec& spec) { return spec.config == ConfigUse::anywhere; });
  Json match = {
      {"description", "Patterns of names, relative to the source folder: photos/**, *_normal.png."}};
  match.update(list_or_one(glob_schema(), 1));
  rule["properties"]["match"] = std::move(match);
  rule["required"] = {"match"};

  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", "imgopt.json"},
                 {"description", "What ImgOpt is to make of a project's images. Comments are allowed."}};
  schema.update(object_schema([](const OptionSpec& spec) { return spec.config != ConfigUse::none; }));
  Json& properties = schema["properties"];
  properties["$schema"] = {{"type", "string"}};
  properties["version"] = {{"const", 1}};
  Json sources = {{"description", "Files and folders to take, relative to this file."}};
  sources.update(list_or_one(path, 0));
  properties["sources"] = std::move(sources);
  properties["rules"] = {
      {"description", "Settings for the sources whose names match; a later rule wins over an earlier one."},
      {"type", "array"},
      {"items", std::move(rule)}};
  const Json patterns = list_or_one(glob_schema(), 1);
  const Json size = option_schema(option(OptionId::max_bytes));
  properties[std::string(k_budgets_key)] = {
      {"description", "What files may have at most; imgopt check tells of more."},
      {"type", "array"},
      {"items",
       {{"type", "object"},
        {"properties", {{"match", patterns}, {"max-file", size}, {"max-total", size}}},
        {"required", {"match"}},
        {"anyOf", Json::array({{{"required", {"max-file"}}}, {{"required", {"max-total"}}}})},
        {"additionalProperties", false}}}};
  Json kinds = Json::array();
  for (const FindingKind kind : k_all_findings)
    kinds.push_back(finding_name(kind));
  properties[std::string(k_check_ignore_key)] = {
      {"description", "Findings of imgopt check that are passed over, each with the reason."},
      {"type", "array"},
      {"items",
       {{"type", "object"},
        {"properties",
         {{"match", patterns},
          {"findings", list_or_one({{"enum", std::move(kinds)}}, 0)},
          {"reason", {{"type", "string"}, {"minLength", 1}}}}},
        {"required", {"match", "reason"}},
        {"additionalProperties", false}}}};
  return schema.dump(2) + "\n";
}

}  // namespace imgopt
