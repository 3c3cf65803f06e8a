#include "tool/commands/cache_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/interrupts.hpp"
#include "base/machine.hpp"
#include "tool/account/exit_status.hpp"
#include "tool/cache/cache.hpp"
#include "tool/settings/run_options.hpp"
#include "tool/settings/user_config.hpp"
#include "tool/text/folders.hpp"
#include "tool/text/human_text.hpp"
#include "tool/text/json_text.hpp"

namespace imgopt {

namespace {

using nlohmann::ordered_json;

// At the places of MissReason.
struct ReasonName {
  const char* key;
  std::string_view text;
};
constexpr std::array<ReasonName, k_miss_reasons> k_reason_names = {{
    {"absent", "not there"},
    {"damaged", "damaged"},
    {"other_version", "of another version"},
    {"unreadable", "unreadable"},
    {"recached", "not looked for (--recache)"},
    {"retried", "failures tried again (--retry-failed)"},
}};

std::string entry_count(std::uint64_t entries) {
  return fmt::format("{} {}", entries, entries == 1 ? "entry" : "entries");
}

std::string sizes(const CacheContents& contents) {
  return entry_count(contents.entries) + ", " + human_bytes(contents.bytes);
}

void print_json(const ordered_json& json) {
  fmt::print("{}\n", json.dump(2));
}

Result<int> stats(const CachePaths& paths, PrintAs print_as) {
  IMGOPT_ASSIGN(const CacheContents contents, cache_contents(paths));
  IMGOPT_ASSIGN(const auto known, read_counters(paths));
  CacheCounters counters = known.value_or(CacheCounters());
  if (print_as == PrintAs::json) {
    ordered_json json = {{"schema", 1},
                         {"folder", json_text(paths.folder())},
                         {"entries", contents.entries},
                         {"bytes", contents.bytes},
                         {"stored", counters.stored},
                         {"hits", counters.hits},
                         {"misses", counters.all_misses()}};
    for (std::size_t i = 0; i < k_reason_names.size(); ++i)
      json["misses_by_reason"][k_reason_names[i].key] = counters.misses[i];
    json["healed"] = counters.healed;
    json["evicted_entries"] = counters.evicted_entries;
    json["evicted_bytes"] = counters.evicted_bytes;
    print_json(json);
    return status_of(ExitCode::success);
  }
  fmt::print("folder   {}\nentries  {}\nsize     {}\n", printable(paths.folder()), contents.entries,
             human_bytes(contents.bytes));
  fmt::print("stored   {}\nhits     {}\nmisses   {}\n", counters.stored, counters.hits,
             counters.all_misses());
  for (std::size_t i = 0; i < k_reason_names.size(); ++i)
    if (counters.misses[i] > 0)
      fmt::print("  {} {}\n", counters.misses[i], k_reason_names[i].text);
  fmt::print("healed   {}\nevicted  {}\n", counters.healed,
             sizes({counters.evicted_entries, counters.evicted_bytes}));
  return status_of(ExitCode::success);
}

Result<int> verify(const CachePaths& paths, const RunOptions& options) {
  CacheCheck check;
  IMGOPT_ASSIGN(const auto standing, stat_file(paths.entries()));
  if (standing) {
    IMGOPT_ASSIGN(const Cache cache, Cache::open(paths.folder(), CacheAccess::read_only));
    IMGOPT_ASSIGN(check,
                  verify_cache(paths, cache.secret(), options.fix == Fix::yes ? Repair::yes : Repair::no,
                               options.jobs.value_or(available_cores())));
  }
  const auto removed = std::count_if(check.findings.begin(), check.findings.end(),
                                     [](const CacheFinding& finding) { return finding.is_removed; });
  if (options.print_as == PrintAs::json) {
    ordered_json json = {{"schema", 1},
                         {"folder", json_text(paths.folder())},
                         {"good_entries", check.good.entries},
                         {"good_bytes", check.good.bytes},
                         {"removed", removed},
                         {"findings", ordered_json::array()}};
    for (const CacheFinding& finding : check.findings)
      json["findings"].push_back({{"path", json_text(finding.path)},
                                  {"what", json_text(finding.what)},
                                  {"removed", finding.is_removed}});
    print_json(json);
  } else {
    for (const CacheFinding& finding : check.findings)
      fmt::print("{}: {}{}\n", printable(finding.path), printable(finding.what),
                 finding.is_removed        ? ": removed"
                 : options.fix == Fix::yes ? ": cannot be removed"
                                           : "");
    fmt::print("imgopt: {}: {} good, {} not\n", printable(paths.folder()), sizes(check.good),
               check.findings.size());
    if (!check.findings.empty() && options.fix == Fix::no)
      fmt::print("They are made again when they are needed; imgopt cache verify --fix removes them now.\n");
  }
  return status_of(check.findings.empty() ? ExitCode::success : ExitCode::found_something);
}

Result<int> collect(const CachePaths& paths, const RunOptions& options) {
  Interrupts::install();
  EvictionRule rule;
  rule.run = options.dry_run == DryRun::yes ? EvictionRun::dry : EvictionRun::real;
  rule.max_bytes = options.max_size;
  if (!options.max_size && !options.older_than && options.max_cache_size > 0)
    rule.max_bytes = options.max_cache_size;
  rule.target_bytes = rule.max_bytes.value_or(0);
  if (options.older_than) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    rule.unused_since_ns =
        std::chrono::duration_cast<std::chrono::nanoseconds>(now - *options.older_than).count();
  }
  IMGOPT_ASSIGN(const Eviction eviction, evict(paths, rule));
  if (eviction.outcome == EvictionOutcome::left_to_another)
    return fail(ErrorCode::io, paths.folder() + ": cannot evict: another process is at it; try again");
  if (Interrupts::pending() != 0)
    return interrupted();
  if (options.print_as == PrintAs::json) {
    print_json({{"schema", 1},
                {"folder", json_text(paths.folder())},
                {"dry_run", rule.run == EvictionRun::dry},
                {"evicted_entries", eviction.evicted.entries},
                {"evicted_bytes", eviction.evicted.bytes},
                {"entries", eviction.left.entries},
                {"bytes", eviction.left.bytes}});
  } else {
    fmt::print("imgopt: {}: {} {}; {}: {}\n", printable(paths.folder()),
               rule.run == EvictionRun::dry ? "would evict" : "evicted", sizes(eviction.evicted),
               rule.run == EvictionRun::dry ? "would be left" : "left", sizes(eviction.left));
  }
  return status_of(ExitCode::success);
}

Result<int> clear(const CachePaths& paths, PrintAs print_as) {
  IMGOPT_ASSIGN(const CacheContents removed, clear_cache(paths));
  if (print_as == PrintAs::json)
    print_json({{"schema", 1},
                {"folder", json_text(paths.folder())},
                {"removed_entries", removed.entries},
                {"removed_bytes", removed.bytes}});
  else
    fmt::print("imgopt: {}: removed {}\n", printable(paths.folder()), sizes(removed));
  return status_of(ExitCode::success);
}

}  // namespace

Result<int> run_cache_command(const CommandLine& command_line) {
  IMGOPT_ASSIGN(const RunOptions options, run_options_of(command_line));
  IMGOPT_ASSIGN(const std::string folder, cache_folder(options.cache_dir));
  const CachePaths paths(folder);
  switch (command_line.cache_action) {
    case CacheAction::stats:
      return stats(paths, options.print_as);
    case CacheAction::verify:
      return verify(paths, options);
    case CacheAction::gc:
      return collect(paths, options);
    case CacheAction::clear:
      break;
  }
  return clear(paths, options.print_as);
}

}  // namespace imgopt
