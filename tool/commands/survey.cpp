#include "tool/commands/survey.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "tool/settings/option_table.hpp"
#include "tool/text/json_text.hpp"

namespace imgopt {

namespace {

// With more folders than this the whole tree is one source.
constexpr std::size_t k_most_sources = 8;

struct Marker {
  std::string_view name;  // of a file in the folder itself; with a leading '*' an ending
  Profile profile;
};
constexpr std::array k_project_files = {
    Marker{"project.godot", Profile::game},   Marker{"*.uproject", Profile::game},
    Marker{"*.unity", Profile::game},         Marker{"package.json", Profile::web},
    Marker{"index.html", Profile::web},       Marker{"hugo.toml", Profile::web},
    Marker{"_config.yml", Profile::web},      Marker{"mkdocs.yml", Profile::web},
    Marker{"astro.config.mjs", Profile::web},
};

struct RoleHint {
  std::string_view suffix;  // of the stem
  std::string_view role;
};
constexpr std::array k_role_hints = {
    RoleHint{"_normal", "normal"},  RoleHint{"_nrm", "normal"},    RoleHint{"_n", "normal"},
    RoleHint{"_mask", "mask"},      RoleHint{"_height", "mask"},   RoleHint{"_rough", "mask"},
    RoleHint{"_roughness", "mask"}, RoleHint{"_metallic", "mask"}, RoleHint{"_ao", "mask"},
    RoleHint{"_orm", "data"},       RoleHint{"_lut", "data"},
};

std::string_view own_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

void count(ImageCount& counted, std::uint64_t bytes) {
  ++counted.images;
  counted.bytes += bytes;
}

bool is_project_file(const Marker& marker, std::string_view name) {
  return marker.name.front() == '*' ? name.ends_with(marker.name.substr(1)) : name == marker.name;
}

void choose_profile(Survey& found, const std::vector<ScannedFile>& files) {
  for (const Marker& marker : k_project_files)
    for (const ScannedFile& file : files)
      if (file.name.find('/') == std::string::npos && is_project_file(marker, file.name)) {
        found.profile = marker.profile;
        found.reason = fmt::format("there is {}", file.name);
        return;
      }
  const auto is_normal = [](const SurveyedRole& role) { return role.role == "normal"; };
  if (std::any_of(found.roles.begin(), found.roles.end(), is_normal)) {
    found.profile = Profile::game;
    found.reason = "there are normal maps";
    return;
  }
  const ImageCount& jpegs = found.of_format[static_cast<std::size_t>(ImageFormat::jpeg)];
  found.profile = 2 * jpegs.bytes >= found.all.bytes ? Profile::web : Profile::game;
  found.reason =
      found.profile == Profile::web ? "most of the bytes are photographs" : "most of the bytes are graphics";
}

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

// What stands for the profile in comments: "format avif, webp, keep; quality 80, avif=60".
std::string profile_text(Profile profile) {
  std::vector<std::pair<OptionId, std::string>> parts;
  for (const ProfileSetting& setting : profile_settings(profile)) {
    if (parts.empty() || parts.back().first != setting.option)
      parts.emplace_back(setting.option, fmt::format("{} {}", option(setting.option).name, setting.value));
    else
      parts.back().second.append(", ").append(setting.value);
  }
  std::string text;
  for (const auto& [id, part] : parts)
    text.append(text.empty() ? "" : "; ").append(part);
  return text;
}

}  // namespace

const std::vector<std::string_view>& folders_of_programs() {
  static const std::vector<std::string_view> k_folders = {
      "node_modules", "vendor", "build", "dist", "out", "_site", "target", "cmake-build-*"};
  return k_folders;
}

Survey survey(const std::vector<ScannedFile>& files) {
  Survey found;
  std::map<std::string, SurveyedFolder> folders;
  std::map<std::string_view, SurveyedRole> roles;
  for (const ScannedFile& file : files) {
    const std::string_view name = own_name(file.name);
    const std::size_t dot = name.rfind('.');
    const auto format =
        dot == std::string_view::npos ? std::nullopt : format_from_extension(name.substr(dot));
    if (!format)
      continue;
    const std::size_t slash = file.name.find('/');
    SurveyedFolder& folder = folders[slash == std::string::npos ? "." : file.name.substr(0, slash)];
    const auto size = static_cast<std::uint64_t>(file.stat.size);
    for (ImageCount* counted : {&found.all, &found.of_format[static_cast<std::size_t>(*format)], &folder.all})
      count(*counted, size);
    if (*format == ImageFormat::jpeg)
      count(folder.jpegs, size);
    const std::string_view stem = name.substr(0, dot);
    for (const RoleHint& hint : k_role_hints)
      if (stem.size() > hint.suffix.size() && stem.ends_with(hint.suffix)) {
        SurveyedRole& role = roles[hint.suffix];
        role.pattern = fmt::format("*{}.*", hint.suffix);
        role.role = hint.role;
        ++role.images;
        break;
      }
  }
  for (auto& [name, folder] : folders) {
    folder.name = name;
    found.folders.push_back(std::move(folder));
  }
  for (const RoleHint& hint : k_role_hints)
    if (const auto role = roles.find(hint.suffix); role != roles.end())
      found.roles.push_back(role->second);
  choose_profile(found, files);
  return found;
}

std::vector<std::string> suggested_sources(const Survey& survey) {
  const auto lies_here = [](const SurveyedFolder& folder) { return folder.name == "."; };
  if (survey.folders.empty() || survey.folders.size() > k_most_sources ||
      std::any_of(survey.folders.begin(), survey.folders.end(), lies_here))
    return {"."};
  // Names are relative to each source, so a.png of two folders would be one output: one source keeps them
  // apart.
  if (survey.folders.size() > 1)
    return {"."};
  return {survey.folders.front().name};
}

std::string suggested_config(const Survey& survey, Profile profile, std::string_view out) {
  const std::string_view name = option(OptionId::profile).choices[static_cast<std::size_t>(profile)].name;
  std::string text =
      "{\n  // Every key: imgopt build --help. What holds for one image, and why: imgopt config --show "
      "FILE.\n";
  const std::vector<std::string> sources = suggested_sources(survey);
  fmt::format_to(std::back_inserter(text), "  \"sources\": [{}],\n", json_string(sources.front()));
  if (sources.front() == ".") {
    std::string include;
    for (const SurveyedFolder& folder : survey.folders)
      if (folder.name != "." && survey.folders.size() <= k_most_sources)
        include.append(include.empty() ? "" : ", ").append(json_string(folder.name + "/**"));
    const bool some_lie_here = std::any_of(survey.folders.begin(), survey.folders.end(),
                                           [](const SurveyedFolder& folder) { return folder.name == "."; });
    if (!some_lie_here && !include.empty()) {
      fmt::format_to(std::back_inserter(text), "  \"include\": [{}],\n", include);
    } else {
      std::string exclude;
      for (const std::string_view folder : folders_of_programs())
        exclude.append(exclude.empty() ? "" : ", ").append(json_string(folder));
      fmt::format_to(std::back_inserter(text), "  \"exclude\": [{}],\n", exclude);
    }
  }
  fmt::format_to(std::back_inserter(text),
                 "  \"out\": {},  // made anew by any build: no need to commit it\n\n"
                 "  // {}\n  \"profile\": {},\n\n  \"rules\": [\n",
                 json_string(out), profile_text(profile), json_string(name));
  std::vector<std::string> rules;
  for (const SurveyedRole& role : survey.roles)
    rules.push_back(fmt::format("    {{\"match\": {}, \"role\": {}}}", json_string(role.pattern),
                                json_string(role.role)));
  for (std::size_t i = 0; i < rules.size(); ++i)
    text.append(rules[i]).append(i + 1 < rules.size() ? ",\n" : "\n");
  const auto photos =
      std::find_if(survey.folders.begin(), survey.folders.end(), [](const SurveyedFolder& folder) {
        return folder.name != "." && 2 * folder.jpegs.bytes >= folder.all.bytes;
      });
  const std::string pattern =
      photos == survey.folders.end() || sources.front() != "." ? "*.jpg" : photos->name + "/**";
  fmt::format_to(std::back_inserter(text),
                 "    // A later rule wins. Take the slashes off to try it:\n"
                 "    // {}{{\"match\": {}, \"width\": [640, 1280]}}\n  ]\n}}\n",
                 rules.empty() ? "" : ", ", json_string(pattern));
  return text;
}

}  // namespace imgopt
