#include "tool/build/thumbnails.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/file.hpp"
#include "base/interrupts.hpp"
#include "base/private_folder.hpp"
#include "tool/build/build_run.hpp"
#include "tool/settings/command_line.hpp"

namespace imgopt {

namespace {

namespace fs = std::filesystem;

std::string link_name(std::size_t index) {
  return fmt::format("{:08}", index);
}

// Links, so that no two files have one name and none decides by its ending what it is.
Result<void> link_sources(const std::vector<std::string>& paths, const std::string& folder) {
  IMGOPT_TRY(make_folders(folder));
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const auto status = paths[i].empty() ? std::nullopt : stat_file(paths[i]).value_or(std::nullopt);
    if (!status || status->type != FileType::regular)
      continue;
    std::error_code error;
    fs::create_symlink(paths[i], folder + "/" + link_name(i), error);
    if (error)
      return fail(ErrorCode::io, folder + ": cannot make links: " + error.message());
  }
  return {};
}

}  // namespace

Result<std::vector<Bytes>> make_thumbnails(const ThumbnailRequest& request) {
  std::vector<Bytes> thumbnails(request.paths.size());
  std::error_code error;
  const std::string temporary = fs::temp_directory_path(error).string();
  if (error)
    return fail(ErrorCode::io, "no folder for temporary files: " + error.message());
  IMGOPT_ASSIGN(const PrivateFolder folder, PrivateFolder::create(temporary));
  const std::string sources = folder.path() + "/sources";
  const std::string out = folder.path() + "/out";
  const std::string state = folder.path() + "/state";
  IMGOPT_TRY(link_sources(request.paths, sources));

  const std::string size = fmt::format("longest:{}", request.longest_side);
  // What the user's own configuration might say otherwise is said here.
  const std::array<const char*, 22> words = {
      "build",  sources.c_str(), "--out",  out.c_str(),    "--state",    state.c_str(), "--format",
      "webp",   "--quality",     "60",     "--resize",     size.c_str(), "--effort",    "2",
      "--role", "color",         "--name", "{stem}.{ext}", "--metadata", "none",        "--max-bytes",
      "0"};
  IMGOPT_ASSIGN(const CommandLine command_line, parse_command_line(words));
  IMGOPT_ASSIGN(BuildRequest build, make_build_request(command_line));
  StandingPool pool;
  IMGOPT_ASSIGN(const BuildReport report, run_build(build, {}, pool));
  if (report.was_interrupted)
    return interrupted();
  for (std::size_t i = 0; i < thumbnails.size(); ++i)
    if (auto bytes = read_file(fmt::format("{}/{}.webp", out, link_name(i)), request.max_bytes))
      thumbnails[i] = std::move(*bytes);
  return thumbnails;
}

}  // namespace imgopt
