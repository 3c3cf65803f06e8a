#include "tool/commands/config_command.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "tool/account/exit_status.hpp"
#include "tool/plan/build_request.hpp"
#include "tool/settings/config_schema.hpp"
#include "tool/settings/settings_text.hpp"
#include "tool/text/human_text.hpp"
#include "tool/text/json_text.hpp"

namespace imgopt {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t k_widest_value = 34;

std::string_view place_text(const SettingLine& line) {
  return line.place.empty() ? std::string_view(line.layer) : std::string_view(line.place);
}

void print_lines(const std::vector<SettingLine>& lines) {
  std::size_t name_width = 0;
  std::size_t value_width = 0;
  for (const SettingLine& line : lines) {
    name_width = std::max(name_width, line.name.size());
    value_width = std::max(value_width, std::min(joined_values(line).size(), k_widest_value));
  }
  for (const SettingLine& line : lines)
    fmt::print("  {:{}}  {:{}}  {}\n", line.name, name_width, printable(joined_values(line)), value_width,
               printable(place_text(line)));
}

ordered_json json_of(const std::vector<SettingLine>& lines) {
  ordered_json json = ordered_json::object();
  for (const SettingLine& line : lines) {
    ordered_json& setting = json[line.name];
    setting["value"] = nullptr;
    const std::string option_name = line.name.substr(0, line.name.find('.'));
    const OptionSpec& spec = *find_option(option_name);
    // A list is a list whatever its length; each value as the command line takes it.
    if (spec.arity == Arity::many && spec.kind != ValueKind::quality) {
      setting["value"] = ordered_json::array();
      for (const std::string& value : line.values)
        setting["value"].push_back(json_text(value));
    } else if (!line.values.empty()) {
      setting["value"] = json_text(line.values.front());
    }
    if (!line.remark.empty())
      setting["remark"] = line.remark;
    setting["layer"] = json_text(line.layer);
    if (!line.place.empty())
      setting["place"] = json_text(line.place);
  }
  return json;
}

// The name under which a build knows the file at `path`.
Result<std::string> source_name(const ScanResult& scanned, const std::string& path) {
  IMGOPT_ASSIGN(const auto status, stat_file(path));
  if (!status)
    return fail(ErrorCode::not_found, path + ": cannot show its settings: no such file");
  const auto found = std::find_if(scanned.files.begin(), scanned.files.end(), [&](const ScannedFile& file) {
    return file.stat.device == status->stat.device && file.stat.inode == status->stat.inode;
  });
  if (found == scanned.files.end())
    return fail(ErrorCode::invalid_argument,
                path +
                    ": it is none of the sources: another folder, an ignore file, \"include\" or \"exclude\" "
                    "leaves it out");
  return found->name;
}

ordered_json json_head(const BuildRequest& request) {
  ordered_json json = {{"schema", 1}, {"files", ordered_json::array()}};
  for (const std::string& file : request.config_files)
    json["files"].push_back(json_text(file));
  return json;
}

Result<int> show_source(BuildRequest& request, const std::string& path) {
  if (request.scan.sources.empty())
    request.scan.sources = {path};
  IMGOPT_ASSIGN(const ScanResult scanned, scan(request.scan));
  IMGOPT_TRY(take_folder_configs(request, scanned));
  IMGOPT_ASSIGN(const std::string name, source_name(scanned, path));
  IMGOPT_ASSIGN(const ImageSettings* settings, request.resolver->settings_for(name));
  const std::vector<SettingLine> lines = describe_settings(*settings, request.resolver->layers());
  if (request.options.print_as == PrintAs::json) {
    ordered_json json = json_head(request);
    json["source"] = json_text(name);
    json["settings"] = json_of(lines);
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print("{}\n", printable(name));
    print_lines(lines);
  }
  return status_of(ExitCode::success);
}

int show_run(const BuildRequest& request) {
  // Rules set nothing of a run.
  const std::vector<SettingLine> lines = describe_run(request.resolver->layers());
  if (request.options.print_as == PrintAs::json) {
    ordered_json json = json_head(request);
    json["sources"] = ordered_json::array();
    for (const std::string& source : request.scan.sources)
      json["sources"].push_back(json_text(source));
    json["settings"] = json_of(lines);
    fmt::print("{}\n", json.dump(2));
    return status_of(ExitCode::success);
  }
  for (const std::string& file : request.config_files)
    fmt::print("read: {}\n", printable(file));
  for (const std::string& source : request.scan.sources)
    fmt::print("source: {}\n", printable(source));
  print_lines(lines);
  return status_of(ExitCode::success);
}

}  // namespace

Result<int> run_config_command(const CommandLine& command_line) {
  if (command_line.layer.find(OptionId::schema) != nullptr) {
    fmt::print("{}", config_schema());
    return status_of(ExitCode::success);
  }
  IMGOPT_ASSIGN(BuildRequest request, make_build_request(command_line));
  const LayerEntry* show = command_line.layer.find(OptionId::show);
  if (show == nullptr)
    return show_run(request);
  return show_source(request, std::get<std::string>(show->values.front()));
}

}  // namespace imgopt
