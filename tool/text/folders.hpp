// Where the cache and the build states stand when nobody says otherwise: the XDG base directories.
//
// Source: XDG Base Directory Specification 0.8 (a relative path in one of its variables is to be ignored; an
// empty variable is as good as none). Nothing is created here.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace imgopt {

// A configuration's name, in a project's folder and in the user's.
inline constexpr std::string_view k_config_name = "imgopt.json";

// The first of: `from_option` (--cache-dir), IMGOPT_CACHE_DIR, XDG_CACHE_HOME/imgopt, HOME/.cache/imgopt.
// Without a slash at its end. `from_option` is not empty. Where no variable helps, ErrorCode::io with what to
// do.
[[nodiscard]] Result<std::string> cache_folder(const std::optional<std::string>& from_option);

// The first of: XDG_STATE_HOME/imgopt, HOME/.local/state/imgopt. Fails as cache_folder() does.
[[nodiscard]] Result<std::string> state_folder();

// The first of: XDG_CONFIG_HOME/imgopt/imgopt.json, HOME/.config/imgopt/imgopt.json, whether it is there or
// not; none where no variable says where.
[[nodiscard]] std::optional<std::string> user_config_file();

// The path from the root on, without ".", ".." and a slash at its end.
[[nodiscard]] Result<std::string> absolute_path(const std::string& path);

}  // namespace imgopt
