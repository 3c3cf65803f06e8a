#include "tool/account/report_file.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.hpp"

namespace imgopt {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t k_schema = 1;

// A member's text, or nothing where it is missing or null.
std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found == json.end() || found->is_null() ? std::string() : found->get<std::string>();
}

std::vector<std::string> texts_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found == json.end() ? std::vector<std::string>() : found->get<std::vector<std::string>>();
}

ReportedOutput read_output(const Json& json) {
  ReportedOutput output;
  output.path = json.at("path").get<std::string>();
  output.format = text_of(json, "format");
  output.status = json.at("status").get<std::string>();
  output.bytes = json.at("bytes").get<std::uint64_t>();
  output.width = json.at("width").get<std::uint64_t>();
  output.height = json.at("height").get<std::uint64_t>();
  output.kept_original = json.at("kept_original").get<bool>();
  output.larger_than_source = json.at("larger_than_source").get<bool>();
  if (const auto lossless = json.find("lossless"); lossless != json.end())
    output.lossless = lossless->get<bool>();
  if (const auto score = json.find("score"); score != json.end() && score->is_number())
    output.score = score->get<double>();
  output.notes = texts_of(json, "notes");
  output.error = text_of(json, "error");
  return output;
}

ReportedImage read_image(const Json& json, std::size_t settings) {
  ReportedImage image;
  image.source = json.at("source").get<std::string>();
  image.path = text_of(json, "path");
  image.status = json.at("status").get<std::string>();
  image.error = text_of(json, "error");
  image.reproduce = text_of(json, "reproduce");
  image.bytes = json.at("bytes").get<std::uint64_t>();
  if (const auto index = json.find("settings"); index != json.end() && index->get<std::uint64_t>() < settings)
    image.settings = index->get<std::uint64_t>();
  for (const Json& output : json.at("outputs"))
    image.outputs.push_back(read_output(output));
  return image;
}

std::vector<ReportedSetting> read_settings(const Json& json) {
  std::vector<ReportedSetting> settings;
  for (const auto& [name, said] : json.items()) {
    const std::string place = text_of(said, "place");
    settings.push_back({name, text_of(said, "value"), place.empty() ? text_of(said, "layer") : place});
  }
  return settings;
}

Report read_whole(const Json& json) {
  Report report;
  report.tool_version = text_of(json, "tool_version");
  report.folder = text_of(json, "folder");
  report.out = text_of(json, "out");
  report.warnings = texts_of(json, "warnings");
  report.wall_ms = json.at("summary").at("wall_ms").get<double>();
  if (const auto settings = json.find("settings"); settings != json.end())
    for (const Json& one : *settings)
      report.settings.push_back(read_settings(one));
  for (const Json& image : json.at("images"))
    report.images.push_back(read_image(image, report.settings.size()));
  return report;
}

}  // namespace

Result<Report> parse_report(std::string_view text, const std::string& path) {
  const auto is_none = [&](const std::string& why) {
    return fail(ErrorCode::invalid_argument, path + ": this is no report of `imgopt build --report FILE`" +
                                                 (why.empty() ? "" : ": " + why));
  };
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("summary"))
    return is_none("");
  try {
    if (json.at("schema").get<std::uint64_t>() != k_schema)
      return is_none("its \"schema\" is not 1");
    return read_whole(json);
  } catch (const Json::exception& problem) {
    return is_none(problem.what());
  }
}

Result<Report> read_report(const std::string& path) {
  IMGOPT_ASSIGN(const std::string text, read_text_file(path));
  return parse_report(text, path);
}

}  // namespace imgopt
