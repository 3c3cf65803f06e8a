// Reads imgopt.json and request files: JSON with comments, whose keys are the option table's names.
//
//   { "version": 1, "sources": ["assets"], "out": "build/assets", "format": ["webp", "keep"], "quality": 80,
//     "rules": [ { "match": "photos/**", "quality": { "default": 82, "avif": 55 }, "width": [640, 1280] } ] }
//
// Beside the options: `version` (1), `$schema` (for editors), `sources`, and `rules`, each with `match` (a
// glob or a list of them, against a source's name relative to its root) and settings of images. Relative
// paths are relative to the folder of the file. Errors are ErrorCode::invalid_config and start with
// FILE:LINE.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "tool/settings/check_config.hpp"
#include "tool/settings/settings_layer.hpp"
#include "tool/settings/settings_resolver.hpp"

namespace imgopt {

struct ConfigFile {
  std::vector<std::string> sources;  // joined to the file's folder
  SettingsLayer layer;               // the top level; its name is the file's path
  std::vector<SettingsRule> rules;
  CheckConfig check;
};

// What a file is: a project's configuration; a request that a build system wrote, which must say its version;
// or the user's own, which speaks of no project: it has neither sources nor paths but the cache's.
enum class ConfigRole : std::uint8_t { configuration, request, user };

// `path` is the file's, as messages shall name it and as relative paths are joined to.
[[nodiscard]] Result<ConfigFile> parse_config(std::string_view text, const std::string& path,
                                              ConfigRole role = ConfigRole::configuration);

}  // namespace imgopt
