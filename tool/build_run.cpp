#include "tool/build_run.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <future>
#include <optional>

#include "base/interrupts.hpp"
#include "base/machine.hpp"
#include "tool/account.hpp"
#include "tool/asset_header.hpp"
#include "tool/asset_manifest.hpp"
#include "tool/budget.hpp"
#include "tool/folders.hpp"
#include "tool/human_text.hpp"
#include "tool/identify.hpp"
#include "tool/pool_options.hpp"
#include "tool/output_claims.hpp"
#include "tool/prepare_work.hpp"
#include "tool/spared_sources.hpp"
#include "tool/state_lock.hpp"

namespace imgopt {

namespace {

// Raised when the same request begins to mean other outputs: states of older builds are then looked through
// again.
constexpr std::uint64_t k_build_epoch = 1;

double milliseconds(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

std::int64_t wall_clock_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

class BuildRun {
public:
  BuildRun(BuildRequest& request, const BuildListeners& listeners)
      : m_request(request), m_listeners(listeners) {}

  Result<BuildReport> run() {
    const double wall_begin = milliseconds(CLOCK_MONOTONIC);
    IMGOPT_TRY(open_state());
    IMGOPT_TRY(open_cache());
    IMGOPT_TRY(scan_and_fingerprint());
    IMGOPT_TRY(take_folder_configs(m_request, m_scan));
    identify_sources();
    if (Interrupts::pending() != 0)
      return fail(ErrorCode::interrupted, "interrupted");
    IMGOPT_TRY(prepare());
    IMGOPT_TRY(execute());
    IMGOPT_TRY(account());
    RunSummary& sum = m_report.outcome.summary;
    sum.wall_ms = milliseconds(CLOCK_MONOTONIC) - wall_begin;
    sum.tool_cpu_ms = milliseconds(CLOCK_PROCESS_CPUTIME_ID);
    return std::move(m_report);
  }

private:
  [[nodiscard]] bool is_dry() const { return m_request.options.dry_run == DryRun::yes; }
  [[nodiscard]] const BuildState* state() const { return m_state ? &*m_state : nullptr; }
  [[nodiscard]] AccountInputs account_inputs() const {
    return {&m_scan, &m_identified, &m_prepared.works, state(), &*m_encoders};
  }

  Result<void> open_state() {
    if (is_dry()) {
      m_identity.scan_start_ns = wall_clock_ns();
      m_identity.time_step_ns = 0;
    } else {
      IMGOPT_ASSIGN(StateLock lock, StateLock::take(m_request.state));
      m_identity.scan_start_ns = lock.now_ns();
      m_identity.time_step_ns = lock.time_step_ns();
      m_lock.emplace(std::move(lock));
    }
    m_identity.boot_id = boot_id();
    auto loaded = BuildState::load(m_request.state);
    if (loaded)
      m_state = std::move(*loaded);
    else if (loaded.error().code == ErrorCode::corrupt)
      m_warnings.push_back(m_request.state + ": " + loaded.error().message +
                           ": everything is looked up by content");
    else
      return tl::unexpected<Error>(std::move(loaded).error());
    m_report.scan_start_ns = m_identity.scan_start_ns;
    return {};
  }

  Result<void> open_cache() {
    if (m_request.cache_folder) {
      const auto access = is_dry() || m_request.options.cache == CacheMode::read_only
                              ? CacheAccess::read_only
                              : CacheAccess::read_write;
      auto cache = Cache::open(*m_request.cache_folder, access);
      if (cache) {
        m_cache.emplace(std::move(*cache));
        return {};
      }
      // Nothing to read from is as good as an empty cache; a cache that cannot be written is not.
      if (access == CacheAccess::read_write || cache.error().code != ErrorCode::not_found)
        return tl::unexpected<Error>(std::move(cache).error());
    }
    const bool has_own = m_state && m_state->identity().own_seed != DigestSeed{};
    m_identity.own_seed = has_own ? m_state->identity().own_seed : random_seed();
    m_own_secret.emplace(m_identity.own_seed);
    return {};
  }

  [[nodiscard]] const DigestSecret& secret() const { return m_cache ? m_cache->secret() : *m_own_secret; }

  Result<void> scan_and_fingerprint() {
    IMGOPT_ASSIGN(m_worker, find_worker());
    if (m_state)
      m_encoders = remembered_fingerprints(*m_state, m_worker);
    std::future<Result<EncoderFingerprints>> asked;
    if (!m_encoders)
      asked = std::async(std::launch::async, [this] { return ask_fingerprints(m_worker); });
    auto scanned = scan(m_request.scan);
    if (asked.valid()) {
      m_has_new_encoders = true;
      IMGOPT_ASSIGN(m_encoders, asked.get());
    }
    IMGOPT_ASSIGN(m_scan, std::move(scanned));
    m_report.problems = m_scan.problems;
    m_report.surroundings_failed = !m_scan.problems.empty();
    return {};
  }

  Digest128 request_digest() const {
    Hasher hasher(secret());
    hasher.update_number(k_build_epoch);
    const std::string text = m_request.resolver->canonical_text();
    hasher.update_number(text.size());
    hasher.update(text);
    const auto& unsupported = m_request.options.unsupported;
    hasher.update_number(unsupported ? 1 + static_cast<std::uint64_t>(*unsupported) : 0);
    for (const ImageFormat format : k_all_formats) {
      hasher.update(ByteView(m_encoders->of_format(format).fingerprint.bytes));
      hasher.update(ByteView(m_encoders->of_format(format).decoder_fingerprint.bytes));
      hasher.update_number(m_encoders->of_format(format).abilities);
    }
    return hasher.finish();
  }

  void identify_sources() {
    m_identity.secret_id = secret().id();
    m_identity.request_digest = request_digest();
    m_out.emplace(m_request.out, m_identity.scan_start_ns);
    if (!is_dry())
      m_out->sweep();
    IdentifyInputs inputs;
    inputs.scan = &m_scan;
    inputs.state = state();
    inputs.secret = &secret();
    inputs.out = &*m_out;
    inputs.scan_start_ns = m_identity.scan_start_ns;
    inputs.time_step_ns = m_identity.time_step_ns;
    inputs.is_other_boot = m_state && m_state->identity().boot_id != m_identity.boot_id;
    inputs.threads = available_cores();
    m_identified = identify(inputs);
    for (const IdentifiedSource& source : m_identified.sources)
      m_report.surroundings_failed = m_report.surroundings_failed || !source.error.empty();
  }

  Result<void> prepare() {
    PrepareInputs inputs;
    inputs.request = &m_request;
    inputs.scan = &m_scan;
    inputs.identified = &m_identified;
    inputs.state = state();
    inputs.is_same_request = m_state && m_state->identity().secret_id == m_identity.secret_id &&
                             m_state->identity().request_digest == m_identity.request_digest;
    inputs.encoders = &*m_encoders;
    inputs.secret = &secret();
    inputs.cache = m_cache ? &*m_cache : nullptr;
    IMGOPT_ASSIGN(m_prepared, prepare_work(inputs));
    IMGOPT_TRY(check_sources_are_spared(m_scan, m_prepared.works, *m_out));
    IMGOPT_TRY(check_claims());
    m_warnings.insert(m_warnings.end(), m_prepared.warnings.begin(), m_prepared.warnings.end());
    if (m_listeners.planned) {
      RunOutcome known;
      known.warnings = m_warnings;
      for (SourceWork& work : m_prepared.works)
        if (!work.error.empty()) {
          known.images.push_back(image_outcome(account_inputs(), work));
          work.was_named = true;
        }
      m_listeners.planned(known);
    }
    return {};
  }

  // Without a folder for the registry there is no check, and no reason to fail.
  Result<void> check_claims() {
    const auto folder = state_folder();
    if (!folder)
      return {};
    const OutputClaims claims(*folder + "/claims", m_request.out, m_request.state);
    IMGOPT_TRY(claims.check(m_prepared.works));
    if (!is_dry())
      static_cast<void>(claims.enter());
    return {};
  }

  void settle_dry_run() {
    for (SourceWork& work : m_prepared.works)
      for (OutputWork& output : work.outputs) {
        if (output.is_done)
          continue;
        const Action action = work.is_copy ? Action::restore : output.planned.action;
        output.is_done = true;
        output.status = action == Action::restore ? OutputStatus::restored
                        : action == Action::share ? OutputStatus::deduplicated
                        : action == Action::fail  ? OutputStatus::failed
                                                  : OutputStatus::would_encode;
      }
  }

  Result<void> execute() {
    if (is_dry()) {
      settle_dry_run();
      return {};
    }
    const PoolOptions options = pool_options_of(m_request, m_worker);
    WorkerPool pool(options);
    if (m_prepared.has_encodings)
      IMGOPT_TRY(pool.warm_up(m_request.jobs));
    ExecutionInputs inputs;
    inputs.request = &m_request;
    inputs.scan = &m_scan;
    inputs.identified = &m_identified;
    inputs.works = &m_prepared.works;
    inputs.encoders = &*m_encoders;
    inputs.secret = &secret();
    inputs.cache = m_cache ? &*m_cache : nullptr;
    FolderDelivery delivery(*m_out);
    inputs.delivery = &delivery;
    inputs.pool = &pool;
    inputs.nonce = options.setup.nonce;
    inputs.progress = m_listeners.progress;
    Execution execution(inputs);
    const auto executed = execution.run();
    pool.stop();
    m_pool_counters = pool.counters();
    m_report.surroundings_failed = m_report.surroundings_failed || execution.surroundings_failed();
    if (!execution.cache_trouble().empty())
      m_warnings.push_back(execution.cache_trouble());
    if (!executed) {
      if (executed.error().code != ErrorCode::interrupted)
        return executed;
      m_report.was_interrupted = true;
    }
    return {};
  }

  // A source that could not be listed is not gone.
  [[nodiscard]] bool may_remove() const { return !m_report.was_interrupted && m_scan.problems.empty(); }

  // Removes what the state owns and nothing produces any more. What somebody changed since is left to them.
  Result<std::uint64_t> remove_stale() {
    std::uint64_t removed = 0;
    if (!may_remove())
      return removed;
    for (const StateOutput* output : stale_outputs(account_inputs())) {
      const std::string path(m_state->text(output->path));
      const auto looked = m_out->stat(path);
      const auto standing = looked ? *looked : std::nullopt;
      if (!standing || standing->size != output->stat.size)
        continue;
      if (*standing != output->stat) {
        const auto content = m_out->read(path, standing->size);
        if (!content || sha256(*content) != output->hash)
          continue;
      }
      if (const auto gone = is_dry() ? Result<void>() : m_out->remove(path); !gone) {
        // It stays ours, for a later run to remove; what else was done is not lost over it.
        m_has_left_stale = true;
        m_report.surroundings_failed = true;
        m_warnings.push_back(gone.error().message);
        continue;
      }
      ++removed;
    }
    return removed;
  }

  Result<void> account() {
    const RunOptions& options = m_request.options;
    IMGOPT_ASSIGN(const std::uint64_t removed, remove_stale());
    const bool wants_everything =
        options.report || options.header || (options.manifest && is_manifest_due());
    m_report.outcome =
        outcome_of(account_inputs(), wants_everything ? Detail::everything : Detail::worked_on);
    check_budget();
    RunSummary& sum = m_report.outcome.summary;
    sum.removed = removed;
    sum.workers = m_pool_counters.workers;
    sum.worker_crashes = m_pool_counters.crashes;
    sum.worker_cpu_ms = static_cast<double>(m_pool_counters.cpu_us) / 1e3;
    if (m_cache) {
      sum.damaged_entries = m_cache->damaged_entries();
      settle_cache();
    }
    m_report.outcome.warnings = m_warnings;
    if (is_dry())
      return {};
    // What was made is remembered, whether or not it can be told.
    Result<void> told;
    if (!m_report.was_interrupted && options.manifest)
      told = write_manifest(*options.manifest);
    if (told && !m_report.was_interrupted)
      told = write_header();
    const bool is_stale_left = !may_remove() || m_has_left_stale;
    if (is_state_due())
      IMGOPT_TRY(next_state(account_inputs(), m_identity,
                            is_stale_left ? StaleOutputs::left : StaleOutputs::removed)
                     .save(m_request.state));
    IMGOPT_TRY(told);
    if (options.depfile)
      list_prerequisites();
    m_report.folders = std::move(m_scan.folders);
    return {};
  }

  void settle_cache() {
    if (const auto flushed = m_cache->flush(); !flushed)
      m_warnings.push_back("results are not cached: " + flushed.error().message);
    const std::uint64_t limit = m_request.options.max_cache_size;
    const auto evicted = m_cache->settle(limit);
    if (!evicted)
      m_warnings.push_back("the cache was not kept within its bounds: " + evicted.error().message);
    else if (evicted->outcome == EvictionOutcome::done && evicted->left.bytes > limit)
      m_warnings.push_back(*m_request.cache_folder + ": holds " + human_bytes(evicted->left.bytes) +
                           ", more than --max-cache-size " + human_bytes(limit) +
                           ", since what this build used stays");
  }

  [[nodiscard]] bool is_anything_new() const {
    return !m_state || !m_prepared.works.empty() || !m_identified.gone_sources.empty() ||
           m_state->identity().secret_id != m_identity.secret_id ||
           m_state->identity().request_digest != m_identity.request_digest;
  }

  [[nodiscard]] bool is_manifest_due() const {
    if (is_anything_new())
      return true;
    const auto standing = stat_file(*m_request.options.manifest);
    return !standing || !*standing || (*standing)->stat != m_state->identity().manifest;
  }

  // The manifest names only what stands: of a failed image nothing.
  Result<void> write_manifest(const std::string& path) {
    if (is_manifest_due()) {
      IMGOPT_TRY(make_parent_folders(path));
      IMGOPT_ASSIGN(
          const Written written,
          write_file_if_different(path, asset_manifest_json(m_report.outcome), m_identity.scan_start_ns));
      static_cast<void>(written);
    }
    IMGOPT_ASSIGN(const auto standing, stat_file(path));
    if (standing)
      m_identity.manifest = standing->stat;
    return {};
  }

  // Compared with what stands by content: a header is small beside the images, and the state knows nothing of it.
  Result<void> write_header() {
    const RunOptions& options = m_request.options;
    const auto write = [&](const std::string& path, const std::string& text) -> Result<void> {
      IMGOPT_TRY(make_parent_folders(path));
      IMGOPT_TRY(write_file_if_different(path, text, m_identity.scan_start_ns));
      return {};
    };
    if (options.header)
      IMGOPT_TRY(write(*options.header,
                       asset_header_text(m_report.outcome, options.name_space,
                                         options.embed ? AssetBytes::embedded : AssetBytes::left_in_files)));
    if (options.embed)
      IMGOPT_TRY(write(*options.embed, asset_embedding_text(m_report.outcome)));
    return {};
  }

  void check_budget() {
    if (!m_request.options.budget)
      return;
    const std::uint64_t budget = *m_request.options.budget;
    const std::uint64_t over = bytes_over_budget(m_report.outcome.summary, budget);
    if (over == 0)
      return;
    m_report.over_budget =
        m_request.out + ": " +
        (m_report.outcome.is_complete ? budget_message(m_report.outcome, budget)
                                      : budget_message(outcome_of(account_inputs(), Detail::everything), budget));
    m_report.outcome.summary.over_budget = over;
  }

  [[nodiscard]] bool is_state_due() const {
    return is_anything_new() || m_has_new_encoders || m_identified.has_rehashed ||
           m_identity.manifest != m_state->identity().manifest ||
           m_identity.boot_id != m_state->identity().boot_id;
  }

  void list_prerequisites() {
    std::vector<std::string>& list = m_report.prerequisites;
    list.reserve(m_scan.files.size() + m_scan.folders.size() + m_scan.ignore_files.size() + 1);
    list = m_request.config_files;
    list.insert(list.end(), m_scan.ignore_files.begin(), m_scan.ignore_files.end());
    list.insert(list.end(), m_scan.folders.begin(), m_scan.folders.end());
    for (const ScannedFile& file : m_scan.files)
      list.push_back(m_scan.path_of(file));
  }

  BuildRequest& m_request;
  const BuildListeners& m_listeners;
  BuildReport m_report;
  StateIdentity m_identity;
  std::vector<std::string> m_warnings;
  std::optional<StateLock> m_lock;
  std::optional<BuildState> m_state;
  std::optional<Cache> m_cache;
  std::optional<DigestSecret> m_own_secret;
  std::string m_worker;
  std::optional<EncoderFingerprints> m_encoders;
  bool m_has_new_encoders = false;
  bool m_has_left_stale = false;  // a stale output could not be removed
  ScanResult m_scan;
  std::optional<OutputFolder> m_out;
  Identified m_identified;
  Prepared m_prepared;
  PoolCounters m_pool_counters;
};

}  // namespace

Result<BuildReport> run_build(BuildRequest& request, const BuildListeners& listeners) {
  return BuildRun(request, listeners).run();
}

}  // namespace imgopt
