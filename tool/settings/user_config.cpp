#include "tool/settings/user_config.hpp"

#include <array>
#include <utility>

#include "base/file.hpp"
#include "tool/text/folders.hpp"

namespace imgopt {

Result<ConfigFile> read_config_file(const std::string& path, ConfigRole role) {
  auto text = read_text_file(path);
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
  auto text = read_text_file(*path);
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
