#include "tool/commands/init_command.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "base/file.hpp"
#include "tool/account/exit_status.hpp"
#include "tool/commands/survey.hpp"
#include "tool/settings/user_config.hpp"
#include "tool/text/folders.hpp"
#include "tool/text/human_text.hpp"
#include "tool/text/json_text.hpp"

namespace imgopt {

namespace {

constexpr std::string_view k_usual_out = "optimized";
constexpr std::size_t k_folders_shown = 12;

Result<ScanResult> look_around(const std::string& out) {
  ScanRequest request;
  request.sources = {"."};
  IMGOPT_ASSIGN(const auto status, stat_file(out));
  if (status)
    request.leave_out.push_back({status->stat.device, status->stat.inode});
  for (const std::string_view name : folders_of_programs()) {
    IMGOPT_ASSIGN(Glob glob, Glob::parse(std::string(name)));
    request.exclude.push_back(std::move(glob));
  }
  return scan(request);
}

Profile profile_of(const CommandLine& command_line, const Survey& found) {
  const LayerEntry* said = command_line.layer.find(OptionId::profile);
  return said == nullptr ? found.profile
                         : static_cast<Profile>(std::get<std::uint64_t>(said->values.front()));
}

std::string_view profile_name(Profile profile) {
  return option(OptionId::profile).choices[static_cast<std::size_t>(profile)].name;
}

std::string format_counts(const Survey& found) {
  std::string text;
  for (const ImageFormat format : k_all_formats)
    if (const ImageCount& counted = found.of_format[static_cast<std::size_t>(format)]; counted.images > 0)
      text.append(fmt::format("{}{} {}", text.empty() ? "" : ", ", counted.images, format_name(format)));
  return text;
}

void print_survey(const Survey& found) {
  fmt::print("Found {}, {}: {}\n", human_count(found.all.images, "image"), human_bytes(found.all.bytes),
             format_counts(found));
  std::size_t width = 0;
  const std::size_t shown = std::min(found.folders.size(), k_folders_shown);
  for (std::size_t i = 0; i < shown; ++i)
    width = std::max(width, display_width(printable(found.folders[i].name)));
  for (std::size_t i = 0; i < shown; ++i) {
    const SurveyedFolder& folder = found.folders[i];
    fmt::print("  {:{}}  {}, {}\n", printable(folder.name), width, human_count(folder.all.images, "image"),
               human_bytes(folder.all.bytes));
  }
  if (shown < found.folders.size())
    fmt::print("  and {} more folders\n", found.folders.size() - shown);
  for (const SurveyedRole& role : found.roles)
    fmt::print("  {}: {}, role {}\n", role.pattern, human_count(role.images, "image"), role.role);
}

void print_json(const Survey& found, Profile profile, std::string_view out, std::string_view written) {
  nlohmann::ordered_json json = {{"schema", 1}, {"images", found.all.images}, {"bytes", found.all.bytes}};
  json["formats"] = nlohmann::ordered_json::object();
  for (const ImageFormat format : k_all_formats)
    if (const ImageCount& counted = found.of_format[static_cast<std::size_t>(format)]; counted.images > 0)
      json["formats"][std::string(format_name(format))] = counted.images;
  json["sources"] = nlohmann::ordered_json::array();
  for (const std::string& source : suggested_sources(found))
    json["sources"].push_back(json_text(source));
  json["profile"] = profile_name(profile);
  json["out"] = json_text(out);
  json["written"] = written.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(json_text(written));
  fmt::print("{}\n", json.dump(2));
}

}  // namespace

Result<int> run_init_command(const CommandLine& command_line) {
  const std::string path(k_config_name);
  IMGOPT_ASSIGN(const RunOptions options, run_options_of(command_line));
  IMGOPT_ASSIGN(const auto standing, stat_file(path));
  if (standing && options.dry_run == DryRun::no)
    return fail(
        ErrorCode::invalid_argument,
        path + ": it is there already and is not written over; --dry-run shows what would be written");
  const std::string out = options.out.value_or(std::string(k_usual_out));
  IMGOPT_ASSIGN(const ScanResult scanned, look_around(out));
  for (const Error& problem : scanned.problems)
    print_error(problem);
  const Survey found = survey(scanned.files);
  if (found.all.images == 0)
    return fail(ErrorCode::invalid_argument,
                "no images here: go to the folder of your project, or name images to `imgopt build`");
  const Profile profile = profile_of(command_line, found);
  const std::string text = suggested_config(found, profile, out);
  if (options.dry_run == DryRun::no)
    IMGOPT_TRY(write_file(path, text));
  if (options.print_as == PrintAs::json) {
    print_json(found, profile, out, options.dry_run == DryRun::no ? path : "");
    return status_of(ExitCode::success);
  }
  if (options.verbosity == Verbosity::quiet)
    return status_of(ExitCode::success);
  if (options.dry_run == DryRun::yes) {
    fmt::print("{}", text);
    return status_of(ExitCode::success);
  }
  print_survey(found);
  fmt::print("Profile {}: {}.\nWrote {}. Next: imgopt build\n", profile_name(profile),
             command_line.layer.find(OptionId::profile) == nullptr ? found.reason : "as you said", path);
  return status_of(ExitCode::success);
}

}  // namespace imgopt
