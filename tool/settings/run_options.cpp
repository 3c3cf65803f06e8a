#include "tool/settings/run_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace imgopt {

namespace {

// Over a stack of layers, the strongest that speaks of an option.
class Stack {
public:
  explicit Stack(std::span<const SettingsLayer* const> layers) : m_layers(layers) {}

  [[nodiscard]] const LayerEntry* find(OptionId id) const {
    for (auto layer = m_layers.rbegin(); layer != m_layers.rend(); ++layer)
      if (const LayerEntry* entry = (*layer)->find(id))
        return entry;
    return default_layer().find(id);
  }

  [[nodiscard]] bool flag(OptionId id) const {
    const LayerEntry* entry = find(id);
    return entry != nullptr && std::get<bool>(entry->values.front());
  }

  [[nodiscard]] std::optional<std::string> text(OptionId id) const { return value<std::string>(id); }
  [[nodiscard]] std::optional<std::uint64_t> number(OptionId id) const { return value<std::uint64_t>(id); }

  [[nodiscard]] Result<std::vector<Glob>> globs(OptionId id) const {
    std::vector<Glob> globs;
    if (const LayerEntry* entry = find(id))
      for (const OptionValue& value : entry->values) {
        IMGOPT_ASSIGN(Glob glob, Glob::parse(std::get<std::string>(value)));
        globs.push_back(std::move(glob));
      }
    return globs;
  }

private:
  template <typename Value>
  [[nodiscard]] std::optional<Value> value(OptionId id) const {
    const LayerEntry* entry = find(id);
    return entry == nullptr ? std::nullopt : std::optional(std::get<Value>(entry->values.front()));
  }

  std::span<const SettingsLayer* const> m_layers;
};

constexpr std::array k_exclusive = {
    std::pair{OptionId::quiet, OptionId::verbose},
    std::pair{OptionId::no_cache, OptionId::recache},
    std::pair{OptionId::no_cache, OptionId::read_only_cache},
    std::pair{OptionId::recache, OptionId::read_only_cache},
    std::pair{OptionId::staged, OptionId::force},
    std::pair{OptionId::require_sandbox, OptionId::no_sandbox},
};

Result<void> check_combinations(const Stack& stack) {
  for (const auto& [first, second] : k_exclusive)
    if (stack.flag(first) && stack.flag(second))
      return fail(ErrorCode::invalid_argument,
                  fmt::format("--{} and --{} exclude each other", option(first).name, option(second).name));
  if (stack.text(OptionId::depfile) && !stack.text(OptionId::stamp))
    return fail(ErrorCode::invalid_argument,
                "--depfile needs --stamp, which is the target that it speaks of");
  if (stack.flag(OptionId::depfile_outputs) && !stack.text(OptionId::depfile))
    return fail(ErrorCode::invalid_argument, "--depfile-outputs needs --depfile");
  if (stack.text(OptionId::embed) && !stack.text(OptionId::header))
    return fail(ErrorCode::invalid_argument, "--embed needs --header, which declares what it defines");
  return {};
}

CacheMode cache_mode(const Stack& stack) {
  if (stack.flag(OptionId::no_cache))
    return CacheMode::off;
  if (stack.flag(OptionId::recache))
    return CacheMode::rewrite;
  return stack.flag(OptionId::read_only_cache) ? CacheMode::read_only : CacheMode::normal;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace

Result<void> check_namespace(std::string_view name) {
  bool is_right = true;
  for (std::string_view rest = name; is_right;) {
    const std::size_t end = std::min(rest.find("::"), rest.size());
    const std::string_view part = rest.substr(0, end);
    is_right = !part.empty() && is_letter(part.front()) && std::all_of(part.begin(), part.end(), [](char c) {
      return is_letter(c) || (c >= '0' && c <= '9');
    });
    if (end == rest.size())
      break;
    rest.remove_prefix(end + 2);
  }
  if (!is_right)
    return fail(ErrorCode::invalid_argument,
                fmt::format("--namespace: \"{}\" is no C++ namespace such as game::art", name));
  return {};
}

Result<RunOptions> merge_run_options(std::span<const SettingsLayer* const> layers) {
  const Stack stack(layers);
  IMGOPT_TRY(check_combinations(stack));
  const auto pick = [&](OptionId id, auto yes, auto no) { return stack.flag(id) ? yes : no; };

  RunOptions options;
  options.config = stack.text(OptionId::config);
  options.request = stack.text(OptionId::request);
  options.out = stack.text(OptionId::out);
  options.base = stack.text(OptionId::base);
  IMGOPT_ASSIGN(options.include, stack.globs(OptionId::include));
  IMGOPT_ASSIGN(options.exclude, stack.globs(OptionId::exclude));
  options.hidden = pick(OptionId::hidden, HiddenSources::take, HiddenSources::skip);
  options.ignore_files = pick(OptionId::no_ignore, IgnoreFileUse::disregard, IgnoreFileUse::obey);
  if (const auto policy = stack.number(OptionId::unsupported))
    options.unsupported = static_cast<UnsupportedPolicy>(*policy);

  options.ledger = stack.text(OptionId::ledger);
  options.may_replace = stack.flag(OptionId::force)    ? MayReplace::any
                        : stack.flag(OptionId::staged) ? MayReplace::staged
                                                       : MayReplace::committed;

  if (const auto jobs = stack.number(OptionId::jobs))
    options.jobs = static_cast<std::uint32_t>(*jobs);
  options.state = stack.text(OptionId::state);
  options.build_name = stack.text(OptionId::build_name).value_or("");
  options.cache_dir = stack.text(OptionId::cache_dir);
  options.cache = cache_mode(stack);
  options.max_cache_size = stack.number(OptionId::max_cache_size).value_or(0);
  options.max_size = stack.number(OptionId::max_size);
  if (const auto age = stack.number(OptionId::older_than))
    options.older_than = std::chrono::seconds(*age);
  options.fix = pick(OptionId::fix, Fix::yes, Fix::no);
  options.memory_limit = stack.number(OptionId::memory_limit);
  options.max_pixels = stack.number(OptionId::max_pixels).value_or(0);
  options.max_frames = static_cast<std::uint32_t>(stack.number(OptionId::max_frames).value_or(0));
  options.max_metadata = stack.number(OptionId::max_metadata).value_or(0);
  options.max_jpeg_scans = static_cast<std::uint32_t>(stack.number(OptionId::max_jpeg_scans).value_or(0));
  options.max_input_size = stack.number(OptionId::max_input_size).value_or(0);
  if (const auto timeout = stack.number(OptionId::timeout))
    options.timeout = std::chrono::milliseconds(*timeout);
  options.isolation = pick(OptionId::isolate, Isolation::own_worker, Isolation::shared_worker);
  options.sandbox = stack.flag(OptionId::no_sandbox)        ? SandboxMode::off
                    : stack.flag(OptionId::require_sandbox) ? SandboxMode::required
                                                            : SandboxMode::on;
  options.coverage = pick(OptionId::all, Coverage::everything, Coverage::named);
  if (const auto policy = stack.number(OptionId::on_encoder_change))
    options.on_encoder_change = static_cast<OnEncoderChange>(*policy);
  options.retry_failed = pick(OptionId::retry_failed, RetryFailed::yes, RetryFailed::no);
  options.dry_run = pick(OptionId::dry_run, DryRun::yes, DryRun::no);
  options.backup = stack.text(OptionId::backup);
  if (options.backup && (options.backup->empty() || options.backup->find('/') != std::string::npos))
    return fail(ErrorCode::invalid_argument,
                fmt::format("--backup: expected a suffix such as .orig, not '{}'", *options.backup));

  options.depfile = stack.text(OptionId::depfile);
  options.depfile_scope =
      pick(OptionId::depfile_outputs, DepfileScope::inputs_and_outputs, DepfileScope::inputs);
  options.stamp = stack.text(OptionId::stamp);
  options.manifest = stack.text(OptionId::manifest);
  options.header = stack.text(OptionId::header);
  options.name_space = stack.text(OptionId::name_space).value_or("");
  IMGOPT_TRY(check_namespace(options.name_space));
  options.embed = stack.text(OptionId::embed);
  options.report = stack.text(OptionId::report);
  options.budget = stack.number(OptionId::budget);
  options.progress = static_cast<ProgressMode>(stack.number(OptionId::progress).value_or(0));
  options.verbosity = stack.flag(OptionId::quiet)     ? Verbosity::quiet
                      : stack.flag(OptionId::verbose) ? Verbosity::verbose
                                                      : Verbosity::normal;
  options.print_as = static_cast<PrintAs>(stack.number(OptionId::print).value_or(0));
  if (stack.flag(OptionId::json)) {
    if (options.print_as != PrintAs::text && options.print_as != PrintAs::json)
      return fail(ErrorCode::invalid_argument, "--json and --print exclude each other");
    options.print_as = PrintAs::json;
  }
  return options;
}

}  // namespace imgopt
