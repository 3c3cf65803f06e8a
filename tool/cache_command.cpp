#include "tool/cache_command.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "tool/cache.hpp"
#include "tool/exit_status.hpp"
#include "tool/folders.hpp"
#include "tool/human_text.hpp"
#include "tool/json_text.hpp"
#include "tool/run_options.hpp"
#include "tool/user_config.hpp"

namespace imgopt {

namespace {

std::string entry_count(std::uint64_t entries) {
  return fmt::format("{} {}", entries, entries == 1 ? "entry" : "entries");
}

int print_stats(const std::string& folder, const CacheContents& contents, PrintAs print_as) {
  if (print_as == PrintAs::json) {
    const nlohmann::ordered_json json = {{"schema", 1},
                                         {"folder", json_text(folder)},
                                         {"entries", contents.entries},
                                         {"bytes", contents.bytes}};
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print("folder   {}\nentries  {}\nsize     {}\n", printable(folder), contents.entries,
               human_bytes(contents.bytes));
  }
  return status_of(ExitCode::success);
}

int print_cleared(const std::string& folder, const CacheContents& removed, const RunOptions& options) {
  if (options.print_as == PrintAs::json) {
    const nlohmann::ordered_json json = {{"schema", 1},
                                         {"folder", json_text(folder)},
                                         {"removed_entries", removed.entries},
                                         {"removed_bytes", removed.bytes}};
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print("imgopt: {}: removed {}, {}\n", printable(folder), entry_count(removed.entries),
               human_bytes(removed.bytes));
  }
  return status_of(ExitCode::success);
}

}  // namespace

Result<int> run_cache_command(const CommandLine& command_line) {
  IMGOPT_ASSIGN(const RunOptions options, run_options_of(command_line));
  IMGOPT_ASSIGN(const std::string folder, cache_folder(options.cache_dir));
  switch (command_line.cache_action) {
    case CacheAction::stats: {
      IMGOPT_ASSIGN(const CacheContents contents, Cache::contents(folder));
      return print_stats(folder, contents, options.print_as);
    }
    case CacheAction::clear: {
      IMGOPT_ASSIGN(const CacheContents removed, Cache::clear(folder));
      return print_cleared(folder, removed, options);
    }
  }
  return fail(ErrorCode::internal, "a cache action without a function");
}

}  // namespace imgopt
