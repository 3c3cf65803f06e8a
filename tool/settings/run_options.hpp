// RunOptions: what holds for a whole run, as types: where sources and outputs are, how to run, what to tell.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "protocol/dispatch.hpp"
#include "tool/settings/settings_layer.hpp"
#include "tool/text/glob.hpp"

namespace imgopt {

enum class HiddenSources : std::uint8_t { skip, take };
enum class IgnoreFileUse : std::uint8_t { obey, disregard };
enum class UnsupportedPolicy : std::uint8_t { error = 0, copy = 1, skip = 2 };
enum class CacheMode : std::uint8_t {
  normal,
  off,
  rewrite,
  read_only
};  // --no-cache, --recache, --read-only-cache
enum class Isolation : std::uint8_t { shared_worker, own_worker };  // --isolate: a fresh worker per record
enum class Fix : std::uint8_t { no, yes };
enum class RetryFailed : std::uint8_t { no, yes };
// Which files `imgopt optimize` may replace: committed ones; those that are staged too; all.
enum class MayReplace : std::uint8_t { committed, staged, any };
// What becomes of outputs whose source and settings are the same, when their encoder or decoder was replaced.
enum class OnEncoderChange : std::uint8_t {
  reencode = 0,
  keep = 1  // until the source or a setting changes
};
// What a depfile names beside what was read: --depfile-outputs.
enum class DepfileScope : std::uint8_t { inputs, inputs_and_outputs };
enum class DryRun : std::uint8_t { no, yes };
enum class ProgressMode : std::uint8_t { automatic = 0, always = 1, never = 2 };
enum class Coverage : std::uint8_t { named, everything };  // --all
enum class Verbosity : std::uint8_t { quiet, normal, verbose };
enum class PrintAs : std::uint8_t { text = 0, json = 1, sarif = 2, github = 3 };

struct RunOptions {
  std::optional<std::string> config;
  std::optional<std::string> request;
  std::optional<std::string> out;
  std::optional<std::string> base;
  std::vector<Glob> include;
  std::vector<Glob> exclude;
  HiddenSources hidden = HiddenSources::skip;
  IgnoreFileUse ignore_files = IgnoreFileUse::obey;
  std::optional<UnsupportedPolicy> unsupported;  // none: skip in folders, error for a file given by itself

  std::optional<std::string> ledger;
  MayReplace may_replace = MayReplace::committed;

  std::optional<std::uint32_t> jobs;  // none: as many as there are cores
  std::optional<std::string> state;
  std::string build_name;  // empty: the default one
  std::optional<std::string> cache_dir;
  CacheMode cache = CacheMode::normal;
  std::uint64_t max_cache_size = 0;                // bytes; 0: no limit
  std::optional<std::uint64_t> max_size;           // bytes, for cache gc
  std::optional<std::chrono::seconds> older_than;  // for cache gc
  Fix fix = Fix::no;                               // for cache verify
  std::optional<std::uint64_t> memory_limit;       // bytes; none: half of the memory
  std::uint64_t max_pixels = 0;                    // of one frame
  std::uint32_t max_frames = 0;
  std::uint64_t max_metadata = 0;  // bytes
  std::uint32_t max_jpeg_scans = 0;
  std::uint64_t max_input_size = 0;                  // bytes of a source
  std::optional<std::chrono::milliseconds> timeout;  // none: scaled by the image
  Isolation isolation = Isolation::shared_worker;
  SandboxMode sandbox = SandboxMode::on;
  RetryFailed retry_failed = RetryFailed::no;
  OnEncoderChange on_encoder_change = OnEncoderChange::reencode;
  DryRun dry_run = DryRun::no;
  std::optional<std::string> backup;  // the suffix of the originals that are kept

  std::optional<std::string> depfile;
  DepfileScope depfile_scope = DepfileScope::inputs;
  std::optional<std::string> stamp;
  std::optional<std::string> manifest;
  std::optional<std::string> header;
  std::string name_space;  // of the header
  std::optional<std::string> embed;
  std::optional<std::string> report;
  std::optional<std::uint64_t> budget;  // bytes
  ProgressMode progress = ProgressMode::automatic;
  Verbosity verbosity = Verbosity::normal;
  Coverage coverage = Coverage::named;
  PrintAs print_as = PrintAs::text;
};

// Merges `layers`, from the weakest to the strongest, over the built-in defaults. Options that exclude each
// other
// (--quiet and --verbose, --no-cache and --recache, ...) are ErrorCode::invalid_argument naming both.
[[nodiscard]] Result<RunOptions> merge_run_options(std::span<const SettingsLayer* const> layers);

// invalid_argument where `name` is no `a::b` of identifiers.
[[nodiscard]] Result<void> check_namespace(std::string_view name);

}  // namespace imgopt
