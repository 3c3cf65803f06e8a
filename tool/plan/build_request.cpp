#include "tool/plan/build_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "base/digest.hpp"
#include "base/file.hpp"
#include "base/jobserver.hpp"
#include "base/machine.hpp"
#include "tool/settings/config_file.hpp"
#include "tool/settings/image_settings.hpp"
#include "tool/settings/user_config.hpp"
#include "tool/text/folders.hpp"
#include "tool/text/shell_text.hpp"

namespace imgopt {

namespace {

// One state an output folder and build name; the folder's real place counts, however it is spelled.
Result<std::string> default_state_path(const std::string& out, const std::string& build_name) {
  std::error_code error;
  const std::string real = std::filesystem::weakly_canonical(out, error).string();
  IMGOPT_ASSIGN(const std::string folder, state_folder());
  Sha256Hasher hasher;
  const std::string identity = (error ? out : real) + '\0' + build_name;
  hasher.update({reinterpret_cast<const std::uint8_t*>(identity.data()), identity.size()});
  return folder + "/" + hasher.finish().hex().substr(0, 32) + ".state";
}

// The configuration of a folder above, as it is called from here, or nothing.
std::string config_above() {
  std::error_code error;
  std::filesystem::path folder = std::filesystem::current_path(error);
  std::string way;
  while (!error && folder.has_relative_path()) {
    folder = folder.parent_path();
    way += "../";
    if (std::filesystem::is_regular_file(folder / k_config_name, error))
      return way.append(k_config_name);
    error.clear();
  }
  return {};
}

// `imgopt optimize --staged` without a path, as a hook calls it for a commit without images: nothing is
// optimized, but the ledger follows what the commit deletes.
bool is_for_ledger_alone(const CommandLine& command_line, const RunOptions& options, RequestUse use) {
  return use == RequestUse::in_place && options.may_replace == MayReplace::staged &&
         command_line.arguments.empty();
}

Result<std::optional<std::string>> config_to_read(const CommandLine& command_line, const RunOptions& options,
                                                  RequestUse use) {
  if (options.config && options.request)
    return fail(ErrorCode::invalid_argument, "--config and --request exclude each other");
  if (options.config)
    return options.config;
  if (options.request)
    return options.request;
  if (!command_line.arguments.empty() && use == RequestUse::build)
    return std::nullopt;
  std::string name(k_config_name);
  IMGOPT_ASSIGN(const auto here, stat_file(name));
  if (!here && (command_line.command == Command::config || !command_line.arguments.empty() ||
                is_for_ledger_alone(command_line, options, use)))
    return std::nullopt;
  if (!here) {
    const std::string above = config_above();
    const std::string_view what = use == RequestUse::build ? "build" : "do";
    return fail(ErrorCode::invalid_argument,
                fmt::format("nothing to {}: name images or folders, or {}", what,
                            above.empty() ? "let `imgopt init` write an imgopt.json here"
                                          : fmt::format("say --config {}", shell_quoted(above))));
  }
  return name;
}

// For a message: how the configuration that is here would count beside sources that are named.
std::string or_config_here() {
  const std::string name(k_config_name);
  const auto here = stat_file(name);
  return here && *here ? ", or --config " + name + ", which counts by itself only where no source is named"
                       : "";
}

// `--out photo.webp` is meant as the output's name, and would make a folder of that name.
Result<void> check_out_is_no_image(const std::string& out) {
  std::error_code error;
  if (!format_from_extension(std::filesystem::path(out).extension().string()) ||
      std::filesystem::is_directory(out, error))
    return {};
  return fail(
      ErrorCode::invalid_argument,
      fmt::format("--out: expected a folder, not the name of an image, \"{}\"; to choose a format: --out DIR "
                  "--format {}",
                  out, std::filesystem::path(out).extension().string().substr(1)));
}

// Outputs in a folder that is scanned would be the next build's sources.
Result<void> check_out_is_no_source(const BuildRequest& request) {
  for (const std::string& source : request.scan.sources) {
    std::error_code error;
    if (std::filesystem::equivalent(source, request.out, error))
      return fail(ErrorCode::invalid_argument,
                  source + ": it is a source and the output folder at once: name another folder with --out");
  }
  return {};
}

// What would make another file of a source, or several, cannot be done in its place.
void keep_shape(SettingsLayer& layer) {
  const std::string place = "in place";
  layer.set(OptionId::format, {std::uint64_t{static_cast<std::uint8_t>(FormatChoice::keep)}}, place);
  layer.set(OptionId::resize, {ResizeValue()}, place);
  layer.set(OptionId::name, {std::string()}, place);
}

// With symbolic links resolved, as names in place are.
Result<std::vector<std::string>> rule_roots_of(const std::vector<std::string>& sources,
                                               const std::string& config_file) {
  std::vector<std::string> roots;
  const auto add = [&](const std::filesystem::path& folder) {
    std::error_code error;
    const auto real = std::filesystem::weakly_canonical(folder, error);
    if (!error)
      roots.push_back(real.has_filename() ? real.string() + "/" : real.string());
  };
  for (const std::string& source : sources) {
    IMGOPT_ASSIGN(std::string whole, absolute_path(source));
    IMGOPT_ASSIGN(const auto status, stat_file(whole));
    if (status && status->type == FileType::folder)
      add(whole);
  }
  std::sort(roots.begin(), roots.end(),
            [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  add(std::filesystem::path(config_file).parent_path());
  return roots;
}

Result<std::string> state_path(const std::string& out, const RunOptions& options) {
  return options.state ? absolute_path(*options.state) : default_state_path(out, options.build_name);
}

Result<std::string> invocation_of(const CommandLine& command_line) {
  IMGOPT_ASSIGN(std::string text, absolute_path("."));
  text.push_back('\0');
  for (const std::string& word : command_line.words)
    text.append(word).push_back('\0');
  return text;
}

}  // namespace

Result<std::string> state_path_of(const RunOptions& options) {
  IMGOPT_ASSIGN(const std::string out, absolute_path(options.out.value_or(".")));
  return state_path(out, options);
}

Result<BuildRequest> make_build_request(const CommandLine& command_line, RequestUse use) {
  BuildRequest request;
  const std::array from_command_line = {&command_line.layer};
  IMGOPT_ASSIGN(const RunOptions first, merge_run_options(from_command_line));
  IMGOPT_ASSIGN(const auto config_path, config_to_read(command_line, first, use));

  const bool for_ledger_alone = is_for_ledger_alone(command_line, first, use);
  std::vector<SettingsLayer> lower;
  std::vector<SettingsRule> rules;
  request.scan.sources = command_line.arguments;
  const auto take = [&](const std::string& path, ConfigRole role) -> Result<ConfigFile> {
    IMGOPT_ASSIGN(ConfigFile config, read_config_file(path, role));
    IMGOPT_ASSIGN(std::string whole, absolute_path(path));
    request.config_files.push_back(std::move(whole));
    return config;
  };
  IMGOPT_ASSIGN(auto users, read_user_config());
  if (users) {
    request.config_files.push_back(users->layer.name());
    lower.push_back(std::move(users->layer));
    rules = std::move(users->rules);
  }
  if (config_path) {
    IMGOPT_ASSIGN(ConfigFile config,
                  take(*config_path, first.request ? ConfigRole::request : ConfigRole::configuration));
    request.project_config = request.config_files.back();
    if (request.scan.sources.empty() && !for_ledger_alone)
      request.scan.sources = config.sources;
    if (use == RequestUse::in_place) {
      IMGOPT_ASSIGN(request.rule_roots, rule_roots_of(config.sources, *request.project_config));
    }
    // A request may stand on a project's configuration: its settings and rules, not its sources.
    if (const LayerEntry* below = config.layer.find(OptionId::config); below != nullptr && first.request) {
      const std::array from_request = {static_cast<const SettingsLayer*>(&config.layer)};
      IMGOPT_ASSIGN(const RunOptions named, merge_run_options(from_request));
      IMGOPT_ASSIGN(ConfigFile project, take(*named.config, ConfigRole::configuration));
      lower.push_back(std::move(project.layer));
      std::move(project.rules.begin(), project.rules.end(), std::back_inserter(rules));
      request.check = std::move(project.check);
    } else {
      request.check = std::move(config.check);
    }
    lower.push_back(std::move(config.layer));
    std::move(config.rules.begin(), config.rules.end(), std::back_inserter(rules));
  }
  std::vector<const SettingsLayer*> stack;
  stack.reserve(lower.size() + 1);
  for (const SettingsLayer& layer : lower)
    stack.push_back(&layer);
  stack.push_back(&command_line.layer);
  IMGOPT_ASSIGN(request.options, merge_run_options(stack));
  const RunOptions& options = request.options;

  const bool only_tells = command_line.command == Command::config;
  if (request.scan.sources.empty() && !only_tells && !for_ledger_alone)
    return fail(ErrorCode::invalid_config, *config_path + ": it names no sources: add \"sources\": [...]");
  if (use == RequestUse::build && !options.out && !only_tells)
    return fail(ErrorCode::invalid_argument, "where shall the outputs go? Add --out DIR" +
                                                 (config_path ? std::string() : or_config_here()));
  if (options.out || only_tells) {
    IMGOPT_ASSIGN(request.out, absolute_path(options.out.value_or(".")));
  }
  // In place there is no state: what is finished, the ledger says.
  if (use == RequestUse::build) {
    IMGOPT_ASSIGN(request.state, state_path(request.out, options));
    IMGOPT_ASSIGN(request.invocation, invocation_of(command_line));
  }
  if (options.cache != CacheMode::off) {
    IMGOPT_ASSIGN(const std::string folder, cache_folder(options.cache_dir));
    IMGOPT_ASSIGN(request.cache_folder, absolute_path(folder));
  }

  request.scan.base = options.base;
  request.scan.include = options.include;
  request.scan.exclude = options.exclude;
  request.scan.hidden = options.hidden;
  request.scan.ignore_files = options.ignore_files;
  if (use == RequestUse::build && options.out) {
    IMGOPT_TRY(check_out_is_no_source(request));
    IMGOPT_TRY(check_out_is_no_image(*options.out));
  }
  for (const std::optional<std::string>& folder : {std::optional(request.out), request.cache_folder}) {
    if (!folder || folder->empty() || only_tells)
      continue;
    IMGOPT_ASSIGN(const auto status, stat_file(*folder));
    if (status)
      request.scan.leave_out.push_back({status->stat.device, status->stat.inode});
  }
  // `make -jN` says how much of the machine is ours, also where its jobserver cannot be reached.
  const unsigned cores = available_cores();
  const MakeJobs make = make_jobs_of_environment();
  request.jobs = options.jobs.value_or(std::min(cores, make.limit.value_or(cores)));
  if (make.only_shows)
    request.options.dry_run = DryRun::yes;
  request.memory_limit = options.memory_limit.value_or(available_memory() / 2);
  SettingsLayer strongest = command_line.layer;
  if (use == RequestUse::in_place)
    keep_shape(strongest);
  request.resolver = std::make_unique<SettingsResolver>(
      std::move(lower), std::move(rules), std::move(strongest),
      use == RequestUse::in_place ? SettingsUse::in_place : SettingsUse::build);
  return request;
}

Result<void> take_folder_configs(BuildRequest& request, const ScanResult& scanned) {
  const std::vector<std::string> taken = request.config_files;
  for (const FolderConfig& found : scanned.configs) {
    const bool is_taken = std::any_of(taken.begin(), taken.end(), [&](const std::string& path) {
      std::error_code error;
      return std::filesystem::equivalent(path, found.path, error);
    });
    if (is_taken)
      continue;
    IMGOPT_ASSIGN(ConfigFile config, read_config_file(found.path, ConfigRole::configuration));
    IMGOPT_ASSIGN(std::string whole, absolute_path(found.path));
    request.config_files.push_back(std::move(whole));
    request.resolver->add_folder(found.folder, std::move(config.layer), std::move(config.rules));
  }
  return {};
}

}  // namespace imgopt
