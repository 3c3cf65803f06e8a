// Survey: what a folder's images look like from outside, and the imgopt.json that would fit them.
//
// Names and sizes alone are looked at; everything here is pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/image_format.hpp"
#include "tool/scan/scan.hpp"
#include "tool/settings/profile.hpp"

namespace imgopt {

// Folders of what programs fetched or made, as patterns: never sources.
[[nodiscard]] const std::vector<std::string_view>& folders_of_programs();

struct ImageCount {
  std::uint64_t images = 0;
  std::uint64_t bytes = 0;
};

struct SurveyedFolder {
  std::string name;  // the first component; "." for images that lie in the folder itself
  ImageCount all;
  ImageCount jpegs;
};

// A group of images that a rule should speak of.
struct SurveyedRole {
  std::string pattern;  // "**/*_normal.*"
  std::string_view role;
  std::uint64_t images = 0;
};

struct Survey {
  ImageCount all;
  std::array<ImageCount, k_format_slots> of_format;  // by ImageFormat, as extensions say it
  std::vector<SurveyedFolder> folders;               // sorted by name
  std::vector<SurveyedRole> roles;
  Profile profile = Profile::web;
  std::string reason;  // why that profile: "there is an index.html"
};

// `files` are what a scan of the folder found, images or not.
[[nodiscard]] Survey survey(const std::vector<ScannedFile>& files);

// The text of an imgopt.json, with comments; parse_config() takes it.
[[nodiscard]] std::string suggested_config(const Survey& survey, Profile profile, std::string_view out);

// The sources that the suggested configuration names.
[[nodiscard]] std::vector<std::string> suggested_sources(const Survey& survey);

}  // namespace imgopt
