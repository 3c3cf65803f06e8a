#include "tool/build/build_run.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <ctime>
#include <optional>
#include <span>

#include "base/interrupts.hpp"
#include "tool/account/account.hpp"
#include "tool/account/asset_header.hpp"
#include "tool/account/asset_manifest.hpp"
#include "tool/account/budget.hpp"
#include "tool/account/depfile.hpp"
#include "tool/account/next_state.hpp"
#include "tool/build/build_survey.hpp"
#include "tool/build/output_claims.hpp"
#include "tool/build/pool_options.hpp"
#include "tool/build/told_files.hpp"
#include "tool/cache/cache.hpp"
#include "tool/text/folders.hpp"
#include "tool/text/human_text.hpp"

namespace imgopt {

namespace {

double milliseconds(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

std::uint64_t peak_memory() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

class BuildRun {
public:
  BuildRun(BuildRequest& request, const BuildListeners& listeners, StandingPool& pool)
      : m_request(request), m_listeners(listeners), m_pool(pool) {}

  Result<BuildReport> run() {
    const double wall_begin = milliseconds(CLOCK_MONOTONIC);
    IMGOPT_TRY(take_survey());
    IMGOPT_TRY(check_told());
    IMGOPT_TRY(check_claims());
    tell_what_is_known();
    IMGOPT_TRY(execute());
    IMGOPT_TRY(account());
    IMGOPT_TRY(check_claims_made_meanwhile());
    RunSummary& sum = m_report.outcome.summary;
    sum.wall_ms = milliseconds(CLOCK_MONOTONIC) - wall_begin;
    sum.tool_cpu_ms = milliseconds(CLOCK_PROCESS_CPUTIME_ID);
    sum.tool_peak_bytes = peak_memory();
    return std::move(m_report);
  }

private:
  [[nodiscard]] bool is_dry() const { return m_request.options.dry_run == DryRun::yes; }
  [[nodiscard]] AccountInputs account_inputs() const {
    AccountInputs inputs;
    inputs.scan = &m_survey.scan;
    inputs.identified = &m_survey.identified;
    inputs.works = &m_survey.prepared.works;
    inputs.state = m_survey.last_state();
    inputs.encoders = &*m_survey.encoders;
    inputs.resolver = m_request.resolver.get();
    inputs.invocation = m_request.invocation;
    inputs.is_same_secret =
        m_survey.state && m_survey.state->identity().secret_id == m_survey.identity.secret_id;
    inputs.secret = &m_survey.secret();
    return inputs;
  }

  Result<void> take_survey() {
    SurveyHooks hooks;
    // From this very thread: the kernel ends a worker with the thread that started it.
    if (!is_dry())
      hooks.work_foreseen = [this](const std::string& worker, std::size_t wanted) {
        if (m_warmed_up)
          m_warmed_up = pool(worker).warm_up(wanted);
      };
    hooks.reading = m_listeners.reading;
    IMGOPT_TRY(
        imgopt::take_survey(m_request, is_dry() ? SurveyFor::telling : SurveyFor::building, hooks, m_survey));
    m_report.scan_start_ns = m_survey.identity.scan_start_ns;
    m_report.problems = m_survey.scan.problems;
    m_report.surroundings_failed = !m_survey.scan.problems.empty();
    for (const IdentifiedSource& source : m_survey.identified.sources)
      m_report.surroundings_failed = m_report.surroundings_failed || source.is_unreadable();
    return {};
  }

  WorkerPool& pool(const std::string& worker) {
    if (m_workers == nullptr)
      m_workers = &m_pool.for_build(pool_options_of(m_request, worker), *m_survey.encoders);
    return *m_workers;
  }

  [[nodiscard]] bool will_write() const {
    const auto is_written = [](const OutputWork& output) {
      return !output.is_done && output.planned.action != Action::fail;
    };
    return std::any_of(m_survey.prepared.works.begin(), m_survey.prepared.works.end(),
                       [&](const SourceWork& work) {
                         return std::any_of(work.outputs.begin(), work.outputs.end(), is_written);
                       });
  }

  // No record has fewer than one output.
  [[nodiscard]] std::size_t outputs_to_encode() const {
    std::size_t count = 0;
    for (const SourceWork& work : m_survey.prepared.works)
      count += static_cast<std::size_t>(
          std::count_if(work.outputs.begin(), work.outputs.end(), [](const OutputWork& output) {
            return !output.is_done && output.planned.action == Action::encode;
          }));
    return count;
  }

  void tell_what_is_known() {
    if (!m_listeners.planned)
      return;
    RunOutcome known;
    known.warnings = m_survey.warnings;
    for (SourceWork& work : m_survey.prepared.works)
      if (!work.error.empty()) {
        known.images.push_back(image_outcome(account_inputs(), work));
        work.was_named = true;
      }
    m_listeners.planned(known);
  }

  Result<void> check_told() const {
    const auto files = told_files_of(m_request.options, m_request.state);
    IMGOPT_TRY(check_told_files(files, m_survey.scan));
    return check_told_files(files, m_request.out, m_survey.prepared.works, m_survey.last_state());
  }

  Result<void> check_claims() {
    if (!m_survey.claims)
      return {};
    IMGOPT_TRY(m_survey.claims->check(m_survey.prepared.works));
    if (!is_dry())
      static_cast<void>(m_survey.claims->enter());
    return {};
  }

  // Of two first builds at once neither finds the other's state before it begins. Each saves its own before
  // it looks again, so that at least the later one finds the earlier's.
  Result<void> check_claims_made_meanwhile() {
    if (is_dry() || !m_survey.claims)
      return {};
    // Anew, since the other one may have taken the claim of a state that was not there yet for a void one.
    static_cast<void>(m_survey.claims->enter());
    return m_survey.claims->check(m_survey.prepared.works);
  }

  void settle_dry_run() {
    for (SourceWork& work : m_survey.prepared.works)
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
    IMGOPT_TRY(m_warmed_up);
    WorkerPool& workers = pool(m_survey.worker);
    if (will_write())
      IMGOPT_TRY(m_survey.out->make());
    IMGOPT_TRY(workers.warm_up(outputs_to_encode()));
    ExecutionInputs inputs;
    inputs.request = &m_request;
    inputs.scan = &m_survey.scan;
    inputs.identified = &m_survey.identified;
    inputs.works = &m_survey.prepared.works;
    inputs.encoders = &*m_survey.encoders;
    inputs.secret = &m_survey.secret();
    inputs.cache = m_survey.cache ? &*m_survey.cache : nullptr;
    FolderDelivery delivery(*m_survey.out);
    inputs.delivery = &delivery;
    inputs.pool = &workers;
    inputs.nonce = workers.options().setup.nonce;
    inputs.progress = m_listeners.progress;
    Execution execution(inputs);
    const auto executed = execution.run();
    m_pool_counters = m_pool.end_build();
    m_report.surroundings_failed = m_report.surroundings_failed || execution.surroundings_failed();
    if (!execution.cache_trouble().empty())
      m_survey.warnings.push_back(execution.cache_trouble());
    if (!executed) {
      if (executed.error().code != ErrorCode::interrupted)
        return executed;
      m_report.was_interrupted = true;
    }
    return {};
  }

  // A source that could not be listed is not gone.
  [[nodiscard]] bool may_remove() const {
    return !m_report.was_interrupted && m_survey.scan.problems.empty();
  }

  // Removes what the state owns and nothing produces any more. What somebody changed since is left to them.
  Result<std::uint64_t> remove_stale() {
    std::uint64_t removed = 0;
    if (!may_remove())
      return removed;
    for (const StateOutput* output : stale_outputs(account_inputs())) {
      const std::string path(m_survey.state->text(output->path));
      const auto looked = m_survey.out->stat(path);
      const auto standing = looked ? *looked : std::nullopt;
      if (!standing || standing->size != output->stat.size)
        continue;
      if (*standing != output->stat) {
        const auto content = m_survey.out->read(path, standing->size);
        if (!content || sha256(*content) != output->hash)
          continue;
      }
      if (const auto gone = is_dry() ? Result<void>() : m_survey.out->remove(path); !gone) {
        // It stays ours, for a later run to remove; what else was done is not lost over it.
        m_has_left_stale = true;
        m_report.surroundings_failed = true;
        m_survey.warnings.push_back(gone.error().message);
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
        options.report || names_outputs() || options.header || (options.manifest && is_manifest_due());
    m_report.outcome =
        outcome_of(account_inputs(), wants_everything ? Detail::everything : m_listeners.detail);
    check_budget();
    RunSummary& sum = m_report.outcome.summary;
    sum.removed = removed;
    sum.outputs_of_others = m_survey.outputs_of_others;
    sum.workers = m_pool_counters.workers;
    sum.worker_crashes = m_pool_counters.crashes;
    sum.worker_cpu_ms = static_cast<double>(m_pool_counters.cpu_us) / 1e3;
    sum.workers_serving_ms = static_cast<double>(m_pool_counters.serving_us) / 1e3;
    sum.workers_idle_ms = static_cast<double>(m_pool_counters.idle_us) / 1e3;
    if (m_survey.cache) {
      sum.damaged_entries = m_survey.cache->damaged_entries();
      settle_cache();
    }
    m_report.outcome.warnings = m_survey.warnings;
    m_report.outcome.is_dry_run = is_dry();
    if (is_dry())
      return {};
    // What was made is remembered, whether or not it can be told.
    Result<void> told;
    if (!m_report.was_interrupted && options.manifest)
      told = write_manifest(*options.manifest);
    if (told && !m_report.was_interrupted)
      told = write_header();
    if (is_state_due())
      IMGOPT_TRY(save_state());
    IMGOPT_TRY(told);
    if (options.depfile)
      list_prerequisites();
    m_report.folders = std::move(m_survey.scan.folders);
    return {};
  }

  void settle_cache() {
    const std::uint64_t limit = m_request.options.max_cache_size;
    const auto evicted = m_survey.cache->settle(limit);
    if (!evicted)
      m_survey.warnings.push_back("the cache was not kept within its bounds: " + evicted.error().message);
    else if (evicted->outcome == EvictionOutcome::done && evicted->left.bytes > limit)
      m_survey.warnings.push_back(*m_request.cache_folder + ": holds " + human_bytes(evicted->left.bytes) +
                                  ", more than --max-cache-size " + human_bytes(limit) +
                                  ", since what this build used stays");
  }

  [[nodiscard]] bool is_anything_new() const {
    return !m_survey.is_same_request() || !m_survey.prepared.works.empty() ||
           !m_survey.identified.gone_sources.empty();
  }

  [[nodiscard]] bool is_manifest_due() const {
    if (is_anything_new())
      return true;
    const auto standing = stat_file(*m_request.options.manifest);
    return !standing || !*standing || (*standing)->stat != m_survey.state->identity().manifest;
  }

  // The manifest names only what stands: of a failed image nothing.
  Result<void> write_manifest(const std::string& path) {
    if (is_manifest_due()) {
      IMGOPT_TRY(make_parent_folders(path));
      IMGOPT_ASSIGN(const Written written,
                    write_file_if_different(path, asset_manifest_json(m_report.outcome),
                                            m_survey.identity.scan_start_ns));
      static_cast<void>(written);
    }
    IMGOPT_ASSIGN(const auto standing, stat_file(path));
    if (standing)
      m_survey.identity.manifest = standing->stat;
    return {};
  }

  // Compared with what stands by content: a header is small beside the images, and the state knows nothing of
  // it.
  Result<void> write_header() {
    const RunOptions& options = m_request.options;
    const auto write = [&](const std::string& path, const std::string& text) -> Result<void> {
      IMGOPT_TRY(make_parent_folders(path));
      IMGOPT_TRY(write_file_if_different(path, text, m_survey.identity.scan_start_ns));
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
    m_report.over_budget = m_request.out + ": " +
                           (m_report.outcome.is_complete
                                ? budget_message(m_report.outcome, budget)
                                : budget_message(outcome_of(account_inputs(), Detail::everything), budget));
    m_report.outcome.summary.over_budget = over;
  }

  [[nodiscard]] bool is_state_due() const {
    return is_anything_new() || m_survey.has_new_encoders || m_survey.identified.has_news ||
           m_survey.identity.manifest != m_survey.state->identity().manifest ||
           m_survey.identity.boot_id != m_survey.state->identity().boot_id;
  }

  Result<void> save_state() {
    const StaleOutputs stale = !may_remove() || m_has_left_stale ? StaleOutputs::left : StaleOutputs::removed;
    if (!m_survey.has_new_encoders)
      if (const auto changes = changes_to_next_state(account_inputs(), m_survey.identity, stale))
        return changes->save(m_request.state);
    return next_state(account_inputs(), m_survey.identity, stale).save(m_request.state);
  }

  [[nodiscard]] bool names_outputs() const {
    return m_request.options.depfile && m_request.options.depfile_scope == DepfileScope::inputs_and_outputs;
  }

  void list_prerequisites() {
    std::vector<std::string>& list = m_report.prerequisites;
    list.reserve(m_survey.scan.files.size() + m_survey.scan.folders.size() +
                 m_survey.scan.ignore_files.size() + 1);
    list = m_request.config_files;
    list.insert(list.end(), m_survey.scan.ignore_files.begin(), m_survey.scan.ignore_files.end());
    // With a slash, "Holiday (1)" is no member of an archive to Make, nor a space the end of a name.
    for (const std::string& folder : m_survey.scan.folders)
      list.push_back(folder.ends_with(')') || folder.ends_with(' ') ? folder + '/' : folder);
    for (const ScannedFile& file : m_survey.scan.files)
      list.push_back(m_survey.scan.path_of(file));
    if (!names_outputs())
      return;
    // A name that no depfile can say stands there as its source, which runs the build often enough.
    for (const ImageOutcome& image : m_report.outcome.images)
      for (const OutputOutcome& output : image.outputs) {
        std::string path = m_request.out + "/" + output.path;
        if (output.status != OutputStatus::failed && names_beyond_depfiles(std::span(&path, 1)).empty())
          list.push_back(std::move(path));
      }
  }

  BuildRequest& m_request;
  const BuildListeners& m_listeners;
  StandingPool& m_pool;
  BuildReport m_report;
  BuildSurvey m_survey;
  WorkerPool* m_workers = nullptr;  // of m_pool, once it is known what they must be
  Result<void> m_warmed_up;
  bool m_has_left_stale = false;  // a stale output could not be removed
  PoolCounters m_pool_counters;
};

}  // namespace

Result<BuildReport> run_build(BuildRequest& request, const BuildListeners& listeners, StandingPool& pool) {
  return BuildRun(request, listeners, pool).run();
}

}  // namespace imgopt
