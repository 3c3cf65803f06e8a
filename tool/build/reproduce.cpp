#include "tool/build/reproduce.hpp"

#include <fmt/core.h>

#include <array>

namespace imgopt {

namespace {

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out + "'";
}

std::string resize_argument(const OutputSettings& s) {
  switch (s.resize) {
    case ResizeMode::none:
      return {};
    case ResizeMode::width:
      return fmt::format(" --resize {}", s.resize_width);
    case ResizeMode::height:
      return fmt::format(" --resize x{}", s.resize_height);
    case ResizeMode::fit:
      return fmt::format(" --resize {}x{}", s.resize_width, s.resize_height);
    case ResizeMode::longest:
      return fmt::format(" --resize longest:{}", s.resize_width);
    case ResizeMode::shortest:
      return fmt::format(" --resize shortest:{}", s.resize_width);
  }
  return {};
}

std::string quality_argument(const OutputSettings& s) {
  if (s.lossless == Lossless::yes)
    return " --lossless";
  if (s.quality_mode == Quality::target)
    return fmt::format(" --quality auto:{}", s.target_score / 100);
  if (s.quality_mode == Quality::near_lossless)
    return fmt::format(" --quality {}=near-lossless:{}", format_name(s.format), s.quality);
  return fmt::format(" --quality {}={}", format_name(s.format), s.quality);
}

}  // namespace

std::string reproducing_command(std::string_view source_path, const OutputSettings& settings) {
  static constexpr std::array<std::string_view, 6> k_roles = {"color", "normal", "mask",
                                                              "data",  "ui",     "pixel-art"};
  std::string command = fmt::format(
      "imgopt build {} --out imgopt-reproduce --no-cache --jobs 1 --format {}{}{}", quoted(source_path),
      format_name(settings.format), quality_argument(settings), resize_argument(settings));
  command += fmt::format(" --effort {} --role {}", settings.effort,
                         k_roles[static_cast<std::size_t>(settings.role)]);
  if (settings.max_bytes > 0)
    command += fmt::format(" --max-bytes {}", settings.max_bytes);
  return command;
}

}  // namespace imgopt
