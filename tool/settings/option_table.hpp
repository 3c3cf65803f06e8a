// The option table: every option of the command line and every key of the configuration, defined once.
//
// From these rows come the command-line parser, --help, the configuration parser with its type checks, and
// the built-in defaults. An option's long name is its configuration key too. To add an option: a value in
// OptionId, a row in option_table.cpp, a field in ImageSettings or RunOptions and the line that fills it.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

namespace imgopt {

// Order of the table and of --help inside a group. The values are part of no format.
enum class OptionId : std::uint8_t {
  // settings of one image
  format,
  auto_format,
  quality,
  lossless,
  effort,
  width,
  resize,
  max_bytes,
  min_savings,
  subsampling,
  progressive,
  metadata,
  role,
  background,
  transparent_color,
  name,
  profile,
  // which sources, and where outputs go
  config,
  request,
  out,
  base,
  include,
  exclude,
  hidden,
  no_ignore,
  unsupported,
  ledger,
  staged,
  force,
  all,
  // running
  jobs,
  state,
  build_name,
  cache_dir,
  no_cache,
  recache,
  read_only_cache,
  max_cache_size,
  max_size,
  older_than,
  fix,
  memory_limit,
  max_pixels,
  max_frames,
  max_metadata,
  max_jpeg_scans,
  max_input_size,
  timeout,
  isolate,
  require_sandbox,
  no_sandbox,
  retry_failed,
  on_encoder_change,
  dry_run,
  backup,
  show,
  schema,
  html,
  against,
  // telling
  depfile,
  depfile_outputs,
  stamp,
  manifest,
  header,
  name_space,
  embed,
  report,
  budget,
  progress,
  quiet,
  verbose,
  json,
  print,
  help
};
inline constexpr std::size_t k_option_count = static_cast<std::size_t>(OptionId::help) + 1;

[[nodiscard]] constexpr std::size_t index_of(OptionId id) {
  return static_cast<std::size_t>(id);
}

// What an option's value is; decides how it is parsed and which JSON types may hold it.
enum class ValueKind : std::uint8_t {
  flag,         // no value; true in JSON
  number,       // whole number within `range`
  count,        // whole number with k, M, G (thousands): pixels
  size,         // bytes: number with k, M, G (thousands) or KiB, MiB, GiB
  percent,      // kept per mille; "2", "2.5%"
  seconds,      // kept in milliseconds; "30", "0.5"
  duration,     // kept in seconds; a number with s, m, h, d, w: "12h"
  choice,       // one of `choices`
  text,         // any text without control characters
  path,         // in a configuration relative to the folder of its file
  glob,         // pattern of tool/text/glob.hpp
  quality,      // N, auto, auto:TARGET, each also as FORMAT=...
  resize,       // WxH, W, xH, longest:N, shortest:N, none
  color,        // #rgb, #rrggbb or a name
  name_pattern  // see tool/text/output_name.hpp
};

enum class Arity : std::uint8_t {
  one,  // the last one given counts
  many  // all given count, in their order; a JSON list
};

enum class OptionGroup : std::uint8_t { settings, sources, running, telling };

// Where a configuration may say it.
enum class ConfigUse : std::uint8_t {
  none,       // on the command line alone
  top_level,  // once for the run
  anywhere    // a setting of one image: at the top level and in rules
};

enum class Command : std::uint8_t {
  build,
  watch,
  optimize,
  check,
  compare,
  cache,
  config,
  init,
  report,
  doctor,
  explain,
  help,
  version
};
inline constexpr std::size_t k_command_count = static_cast<std::size_t>(Command::version) + 1;

// One bit per Command.
using CommandSet = std::uint32_t;
[[nodiscard]] constexpr CommandSet only(Command command) {
  return static_cast<CommandSet>(1u << static_cast<unsigned>(command));
}

struct CommandSpec {
  Command command = Command::help;
  std::string_view name;       // "build"
  std::string_view arguments;  // "[SOURCE...]"
  std::string_view summary;    // one line
  std::string_view details;    // for `imgopt NAME --help`
};

struct Choice {
  std::string_view name;
  std::uint64_t value = 0;  // of the enum that the choice stands for
  std::string_view summary;
};

struct NumberRange {
  std::uint64_t least = 0;
  std::uint64_t most = std::numeric_limits<std::int64_t>::max();
};

struct OptionSpec {
  OptionId id = OptionId::help;
  std::string_view name;  // long option without dashes, and configuration key
  char short_name = 0;    // 0: none
  ValueKind kind = ValueKind::flag;
  Arity arity = Arity::one;
  ConfigUse config = ConfigUse::none;
  OptionGroup group = OptionGroup::running;
  CommandSet commands = 0;
  std::string_view value_name;     // "N"; empty for flags and choices
  std::string_view implied_value;  // where the value may be left out (--backup[=SUFFIX]): what that means
  std::string_view default_value;  // parsed like a given one; empty: none, see default_note
  std::string_view default_note;   // for people, where the default is no single value
  std::string_view summary;        // one line
  std::string_view details;        // more, for --help; may be empty
  NumberRange range;
  std::span<const Choice> choices;
};

// All options, at the index of their OptionId.
[[nodiscard]] std::span<const OptionSpec, k_option_count> option_table();
[[nodiscard]] const OptionSpec& option(OptionId id);
// By long name without dashes.
[[nodiscard]] const OptionSpec* find_option(std::string_view name);

// All commands, at the index of their Command.
[[nodiscard]] std::span<const CommandSpec, k_command_count> command_table();
[[nodiscard]] const CommandSpec* find_command(std::string_view name);
[[nodiscard]] constexpr bool accepts(const OptionSpec& spec, Command command) {
  return (spec.commands & only(command)) != 0;
}

// Least and greatest numbers that several kinds of values share.
inline constexpr std::uint64_t k_largest_dimension = 65535;  // pixels; the most that JPEG can hold
inline constexpr std::uint8_t k_default_target = 80;         // SSIMULACRA 2: 70 is high, 90 visually lossless

}  // namespace imgopt
