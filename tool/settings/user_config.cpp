#include "tool/settings/user_config.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "base/file.hpp"
#include "tool/text/folders.hpp"

namespace imgopt {

namespace {

// People write them, and strangers: they come along with the images of a folder.
constexpr std::uint64_t k_max_config_bytes = 1 << 20;

// A request is written by a build system and may name every image of a project.
std::uint64_t max_bytes_of(ConfigRole role) {
  return role == ConfigRole::request ? k_max_text_bytes : k_max_config_bytes;
}

// One that is larger than a configuration can be is as wrong as one that cannot be understood.
Result<std::string> read_config_text(const std::string& path, std::uint64_t max_bytes) {
  auto text = read_text_file(path, max_bytes);
  if (!text && text.error().code == ErrorCode::limit_exceeded)
    return fail(ErrorCode::invalid_config, text.error().message);
  return text;
}

}  // namespace

Result<ConfigFile> read_config_file(const std::string& path, ConfigRole role) {
  auto text = read_config_text(path, max_bytes_of(role));
  if (!text) {
    if (text.error().code == ErrorCode::not_found)
      return fail(ErrorCode::invalid_config, text.error().message);
    return tl::unexpected<Error>(text.error());
  }
  return parse_config(*text, path, role);
}

Result<std::optional<ConfigFile>> read_user_config() {
  const auto path = user_config_file();
  if (!path)
    return std::nullopt;
  auto text = read_config_text(*path, k_max_config_bytes);
  if (!text) {
    if (text.error().code == ErrorCode::not_found)
      return std::nullopt;
    return tl::unexpected<Error>(std::move(text).error());
  }
  IMGOPT_ASSIGN(ConfigFile config, parse_config(*text, *path, ConfigRole::user));
  return std::optional(std::move(config));
}

Result<RunOptions> run_options_of(const CommandLine& command_line) {
  IMGOPT_ASSIGN(const auto user, read_user_config());
  if (!user) {
    const std::array layers = {&command_line.layer};
    return merge_run_options(layers);
  }
  const std::array layers = {&user->layer, &command_line.layer};
  return merge_run_options(layers);
}

}  // namespace imgopt
