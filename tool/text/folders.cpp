#include "tool/text/folders.hpp"

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <utility>

namespace imgopt {

namespace {

// A variable's value; an empty one is as good as none.
std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0')
    return std::nullopt;
  return std::string(value);
}

std::string without_slash_at_end(std::string path) {
  while (path.size() > 1 && path.back() == '/')
    path.pop_back();
  return path;
}

// The program's folder in one of the XDG base directories.
std::optional<std::string> base_directory(const char* name, std::string_view below_home) {
  if (const auto path = variable(name); path && path->front() == '/')
    return without_slash_at_end(*path) + "/imgopt";
  if (const auto home = variable("HOME"); home && home->front() == '/')
    return without_slash_at_end(*home).append(below_home).append("/imgopt");
  return std::nullopt;
}

}  // namespace

Result<std::string> cache_folder(const std::optional<std::string>& from_option) {
  if (from_option)
    return without_slash_at_end(*from_option);
  if (auto path = variable("IMGOPT_CACHE_DIR"))
    return without_slash_at_end(std::move(*path));
  if (auto path = base_directory("XDG_CACHE_HOME", "/.cache"))
    return std::move(*path);
  return fail(ErrorCode::io,
              "the cache has no folder: neither XDG_CACHE_HOME nor HOME holds an absolute path; "
              "set IMGOPT_CACHE_DIR or give --cache-dir or --no-cache");
}

Result<std::string> state_folder() {
  if (auto path = base_directory("XDG_STATE_HOME", "/.local/state"))
    return std::move(*path);
  return fail(ErrorCode::io,
              "the build state has no folder: neither XDG_STATE_HOME nor HOME holds an absolute "
              "path; set one or give --state");
}

std::optional<std::string> user_config_file() {
  auto folder = base_directory("XDG_CONFIG_HOME", "/.config");
  if (folder)
    folder->append("/").append(k_config_name);
  return folder;
}

Result<std::string> absolute_path(const std::string& path) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::absolute(path, error).lexically_normal();
  if (error)
    return fail(ErrorCode::io, path + ": cannot make it absolute: " + error.message());
  std::string text = whole.string();
  while (text.size() > 1 && text.back() == '/')
    text.pop_back();
  return text;
}

}  // namespace imgopt
