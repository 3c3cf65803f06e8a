#include "tool/repository/optimize_run.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>

#include "base/interrupts.hpp"
#include "base/stopwatch.hpp"
#include "tool/account/account.hpp"
#include "tool/build/pool_options.hpp"
#include "tool/build/told_files.hpp"
#include "tool/cache/cache.hpp"
#include "tool/plan/expand_outputs.hpp"
#include "tool/plan/identify.hpp"
#include "tool/plan/prepare_work.hpp"
#include "tool/repository/in_place.hpp"
#include "tool/repository/in_place_scan.hpp"
#include "tool/repository/recognition.hpp"
#include "tool/repository/uncommitted.hpp"
#include "tool/state/hashed_files.hpp"

namespace imgopt {

namespace {

// What the ledger says of a file, in a report's words: a file kept as it was lost nothing.
Lossless losses_of(LedgerResult result) {
  return result == LedgerResult::lossy ? Lossless::no : Lossless::yes;
}

class OptimizeRun {
public:
  OptimizeRun(BuildRequest& request, const LedgerPlace& place, const BuildListeners& listeners)
      : m_request(request), m_place(place), m_listeners(listeners) {}

  Result<OptimizeReport> run() {
    const Stopwatch watch;
    if (!is_dry())
      TemporaryFolder::sweep(m_place.folder);
    IMGOPT_ASSIGN(m_scan, scan_in_place(m_request, m_place));
    IMGOPT_TRY(take_folder_configs(m_request, m_scan.scan));
    IMGOPT_TRY(check_told_files(told_files_of(m_request.options, {}), m_scan.scan));
    m_run.problems = m_scan.scan.problems;
    m_run.surroundings_failed = !m_run.problems.empty();
    m_hashed = hash_files(m_scan.scan, m_place.stat_index, m_request.jobs, wall_clock_ns(),
                          m_request.options.max_input_size);
    if (Interrupts::pending() != 0)
      return interrupted();
    IMGOPT_TRY(recognize_files());
    IMGOPT_TRY(choose());
    if (is_dry())
      IMGOPT_TRY(settle_dry_run());
    else if (!m_chosen.files.empty())
      IMGOPT_TRY(encode());
    add_finished();
    if (!is_dry())
      IMGOPT_TRY(tell_ledger());
    RunSummary& sum = m_run.outcome.summary;
    sum.wall_ms = watch.wall_ms();
    sum.tool_cpu_ms = process_cpu_ms();
    m_report.run = std::move(m_run);
    return std::move(m_report);
  }

private:
  [[nodiscard]] bool is_dry() const { return m_request.options.dry_run == DryRun::yes; }

  Result<void> recognize_files() {
    IMGOPT_ASSIGN(const Ledger ledger, load_ledger(m_place));
    m_has_conflict = ledger.has_conflict();
    if (m_has_conflict)
      m_run.outcome.warnings.push_back(m_place.file +
                                       ": it holds marks of a merge conflict: both sides were taken");
    const Ledger journal = load_journal(m_place);
    RecognitionInputs inputs;
    inputs.scan = &m_scan;
    inputs.hashed = &m_hashed;
    inputs.ledger = &ledger;
    inputs.journal = &journal;
    inputs.exists = existence_in(m_place);
    m_known = recognize(inputs);
    for (const HashedFile& file : m_hashed.files) {
      const LedgerLine* line = ledger.find(file.hash);
      if (line == nullptr)
        line = journal.find(file.hash);
      m_losses.push_back(line == nullptr ? std::nullopt : std::optional(losses_of(line->result)));
    }
    m_changes.finished = m_known.missing_lines;
    m_changes.gone = m_known.orphaned_paths;
    if (m_request.options.may_replace == MayReplace::staged)
      IMGOPT_TRY(add_deletions_of_commit(ledger, inputs.exists));
    return {};
  }

  // A commit that deletes or moves an image takes its line along.
  Result<void> add_deletions_of_commit(const Ledger& ledger,
                                       const std::function<bool(const std::string&)>& exists) {
    std::vector<std::string> paths;
    for (const LedgerLine& line : ledger.lines())
      if ((paths.empty() || paths.back() != line.path) && !exists(line.path))
        paths.push_back(line.path);
    std::vector<std::string> files;
    files.reserve(paths.size());
    for (const std::string& path : paths)
      files.push_back((m_place.folder == "/" ? "/" : m_place.folder + "/") + path);
    IMGOPT_ASSIGN(const auto gone, gone_from_index(files));
    for (const std::size_t index : gone)
      m_changes.gone.push_back(paths[index]);
    return {};
  }

  // What is to be encoded: each file once, however many names and links lead to it, and none that must not be
  // replaced.
  Result<void> choose() {
    m_chosen.origins = m_scan.scan.origins;
    std::vector<std::size_t> candidates;
    std::vector<std::string> paths;
    std::map<std::string, std::size_t> seen;
    const std::string begin = m_place.folder == "/" ? "/" : m_place.folder + "/";
    for (std::size_t i = 0; i < m_scan.scan.files.size(); ++i) {
      if (m_known.files[i] != Standing::unfinished)
        continue;
      const ScannedFile& file = m_scan.scan.files[i];
      std::error_code error;
      std::string real = std::filesystem::canonical(m_scan.scan.path_of(file), error).string();
      if (error)
        real = begin + file.name;
      if (!real.starts_with(begin)) {
        refuse(i, "it is a symbolic link to " + real +
                      ", outside of the ledger's folder: optimize that instead");
        continue;
      }
      const auto [first, is_new] = seen.try_emplace(real, candidates.size());
      if (is_new) {
        candidates.push_back(i);
        paths.push_back(real);
      } else if (real == begin + file.name) {
        candidates[first->second] = i;  // its own name rather than a link's
      }
    }
    IMGOPT_ASSIGN(const auto reasons, refusals(paths, m_request.options.may_replace));
    std::vector<std::size_t> order;
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      if (reasons[c])
        refuse(candidates[c], *reasons[c]);
      else
        order.push_back(c);
    }
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return candidates[a] < candidates[b]; });
    for (const std::size_t c : order) {
      m_chosen.files.push_back(m_scan.scan.files[candidates[c]]);
      const HashedFile& hashed = m_hashed.files[candidates[c]];
      m_formats.push_back(hashed.kind == ContentKind::image ? std::optional(hashed.format) : std::nullopt);
      m_rule_names.push_back(m_scan.rule_names[candidates[c]]);
      m_real_paths.push_back(paths[c]);
    }
    return {};
  }

  void refuse(std::size_t file, std::string why) {
    ImageOutcome image = outcome_of_file(file, OutputStatus::failed);
    image.status = ImageStatus::failed;
    image.error = std::move(why);
    m_refused.push_back(std::move(image));
  }

  [[nodiscard]] ImageOutcome outcome_of_file(std::size_t file, OutputStatus status) const {
    ImageOutcome image;
    image.source = m_scan.scan.files[file].name;
    image.bytes = m_hashed.files[file].stat.size;
    OutputOutcome output;
    output.path = image.source;
    output.status = status;
    output.bytes = status == OutputStatus::up_to_date ? image.bytes : 0;
    output.hash = m_hashed.files[file].hash;
    if (m_hashed.files[file].kind == ContentKind::image)
      output.format = m_hashed.files[file].format;
    image.outputs.push_back(std::move(output));
    return image;
  }

  Result<void> settle_dry_run() {
    RunSummary& sum = m_run.outcome.summary;
    for (std::size_t i = 0; i < m_chosen.files.size(); ++i) {
      const ScannedFile& file = m_chosen.files[i];
      ImageOutcome image;
      image.source = file.name;
      image.bytes = file.stat.size;
      image.outputs.emplace_back();
      image.outputs.back().path = file.name;
      image.outputs.back().status = OutputStatus::would_encode;
      ++sum.images;
      ++sum.outputs;
      ++sum.would_encode;
      sum.bytes_in += file.stat.size;
      IMGOPT_ASSIGN(const ImageSettings* settings, m_request.resolver->settings_for(m_rule_names[i]));
      if (const std::optional<ImageFormat> format = m_formats[i]) {
        const Lossless lossless = expand_outputs(file.name, *format, *settings).front().settings.lossless;
        sum.lossy += lossless == Lossless::no ? 1 : 0;
        image.outputs.back().lossless = lossless;
      }
      m_run.outcome.images.push_back(std::move(image));
    }
    return {};
  }

  Result<void> open_cache() {
    if (m_request.cache_folder) {
      const bool is_read_only = m_request.options.cache == CacheMode::read_only;
      auto cache = Cache::open(*m_request.cache_folder,
                               is_read_only ? CacheAccess::read_only : CacheAccess::read_write);
      if (cache) {
        m_cache.emplace(std::move(*cache));
        return {};
      }
      if (!is_read_only || cache.error().code != ErrorCode::not_found)
        return tl::unexpected<Error>(std::move(cache).error());
    }
    m_own_secret.emplace(random_seed());
    return {};
  }

  Result<void> encode() {
    IMGOPT_TRY(open_cache());
    const DigestSecret& secret = m_cache ? m_cache->secret() : *m_own_secret;
    IMGOPT_ASSIGN(const std::string worker, find_worker());
    IMGOPT_ASSIGN(const EncoderFingerprints encoders, ask_fingerprints(worker));

    IdentifyInputs identify_inputs;
    identify_inputs.scan = &m_chosen;
    identify_inputs.secret = &secret;
    identify_inputs.threads = m_request.jobs;
    identify_inputs.max_input_size = m_request.options.max_input_size;
    identify_inputs.copies_others = m_request.options.unsupported == UnsupportedPolicy::copy;
    Identified identified = identify(identify_inputs);
    if (Interrupts::pending() != 0)
      return interrupted();
    for (const IdentifiedSource& source : identified.sources)
      m_run.surroundings_failed = m_run.surroundings_failed || source.is_unreadable();

    PrepareInputs prepare_inputs;
    prepare_inputs.request = &m_request;
    prepare_inputs.scan = &m_chosen;
    prepare_inputs.identified = &identified;
    prepare_inputs.encoders = &encoders;
    prepare_inputs.secret = &secret;
    prepare_inputs.cache = m_cache ? &*m_cache : nullptr;
    prepare_inputs.rule_names = &m_rule_names;
    IMGOPT_ASSIGN(Prepared prepared, prepare_work(prepare_inputs));
    auto& warnings = m_run.outcome.warnings;
    warnings.insert(warnings.end(), prepared.warnings.begin(), prepared.warnings.end());
    AccountInputs account;
    account.scan = &m_chosen;
    account.identified = &identified;
    account.works = &prepared.works;
    account.encoders = &encoders;
    IMGOPT_TRY(execute(prepared, identified, encoders, secret));
    take_outcome(account, prepared);
    return {};
  }

  Result<void> execute(Prepared& prepared, Identified& identified, const EncoderFingerprints& encoders,
                       const DigestSecret& secret) {
    IMGOPT_ASSIGN(const std::string worker, find_worker());
    const PoolOptions options = pool_options_of(m_request, worker);
    WorkerPool pool(options);
    if (prepared.has_encodings)
      IMGOPT_TRY(pool.warm_up(m_request.jobs));
    InPlaceInputs in_place_inputs;
    in_place_inputs.scan = &m_chosen;
    in_place_inputs.identified = &identified;
    in_place_inputs.secret = &secret;
    in_place_inputs.ledger = &m_place;
    in_place_inputs.real_paths = &m_real_paths;
    in_place_inputs.backup = m_request.options.backup;
    InPlace in_place(in_place_inputs);

    ExecutionInputs inputs;
    inputs.request = &m_request;
    inputs.scan = &m_chosen;
    inputs.identified = &identified;
    inputs.works = &prepared.works;
    inputs.encoders = &encoders;
    inputs.secret = &secret;
    inputs.cache = m_cache ? &*m_cache : nullptr;
    inputs.delivery = &in_place;
    inputs.pool = &pool;
    inputs.nonce = options.setup.nonce;
    inputs.progress = m_listeners.progress;
    Execution execution(inputs);
    auto executed = execution.run();
    pool.stop();
    m_pool_counters = pool.counters();
    m_run.surroundings_failed = m_run.surroundings_failed || execution.surroundings_failed();
    auto& warnings = m_run.outcome.warnings;
    if (!execution.cache_trouble().empty())
      warnings.push_back(execution.cache_trouble());
    warnings.insert(warnings.end(), in_place.warnings().begin(), in_place.warnings().end());
    if (m_cache)
      if (const auto flushed = m_cache->settle(m_request.options.max_cache_size); !flushed)
        warnings.push_back(uncached_warning(flushed.error()));
    if (!executed && executed.error().code == ErrorCode::interrupted)
      m_run.was_interrupted = true;
    else if (!executed)
      return executed;
    return {};
  }

  void take_outcome(const AccountInputs& account, const Prepared& prepared) {
    const std::vector<std::string> warnings = std::move(m_run.outcome.warnings);
    m_run.outcome = outcome_of(account, Detail::everything);
    m_run.outcome.warnings = warnings;
    RunSummary& sum = m_run.outcome.summary;
    sum.workers = m_pool_counters.workers;
    sum.worker_crashes = m_pool_counters.crashes;
    sum.worker_cpu_ms = static_cast<double>(m_pool_counters.cpu_us) / 1e3;
    sum.workers_serving_ms = static_cast<double>(m_pool_counters.serving_us) / 1e3;
    sum.workers_idle_ms = static_cast<double>(m_pool_counters.idle_us) / 1e3;
    sum.damaged_entries = m_cache ? m_cache->damaged_entries() : 0;
    for (const SourceWork& work : prepared.works) {
      const std::uint64_t before = account.identified->sources[work.source].stat.size;
      for (const OutputWork& output : work.outputs) {
        if (!output.is_done || output.status == OutputStatus::failed || work.is_copy)
          continue;
        LedgerLine line = ledger_line(m_chosen.files[work.source].name, output, before);
        sum.lossy += line.result == LedgerResult::lossy ? 1 : 0;
        m_changes.finished.push_back(std::move(line));
        if (output.facts.kind != EntryKind::original_is_best)
          m_report.replaced_files.push_back(m_real_paths[work.source]);
      }
    }
  }

  // What needed no work, and what was refused.
  void add_finished() {
    RunOutcome& outcome = m_run.outcome;
    for (std::size_t i = 0; i < m_known.files.size(); ++i) {
      if (m_known.files[i] != Standing::finished)
        continue;
      ImageOutcome image = outcome_of_file(i, OutputStatus::up_to_date);
      image.outputs.back().lossless = m_losses[i];
      ++outcome.summary.images;
      ++outcome.summary.outputs;
      ++outcome.summary.up_to_date;
      outcome.summary.bytes_in += image.bytes;
      outcome.summary.bytes_out += image.bytes;
      outcome.images.push_back(std::move(image));
    }
    for (ImageOutcome& image : m_refused) {
      ++outcome.summary.images;
      ++outcome.summary.outputs;
      ++outcome.summary.failed;
      ++outcome.summary.failed_images;
      outcome.summary.bytes_in += image.bytes;
      outcome.images.push_back(std::move(image));
    }
    std::sort(outcome.images.begin(), outcome.images.end(), [](const ImageOutcome& a, const ImageOutcome& b) {
      return compare_names(a.source, b.source) < 0;
    });
    outcome.is_complete = true;
  }

  Result<void> tell_ledger() {
    if (!m_changes.empty() || m_has_conflict) {
      IMGOPT_ASSIGN(m_report.ledger, update_ledger(m_place, m_changes));
    }
    const bool has_nothing_of_it = m_scan.scan.files.empty() && !m_request.scan.sources.empty();
    if (m_request.options.may_replace != MayReplace::staged || has_nothing_of_it)
      return {};
    std::error_code ignored;
    if (!std::filesystem::exists(m_place.file, ignored))
      return {};
    const auto reasons = refusals(std::span(&m_place.file, 1), MayReplace::staged);
    if (!reasons && reasons.error().code == ErrorCode::interrupted) {
      m_run.was_interrupted = true;  // and tells what it has done
      return {};
    }
    IMGOPT_TRY(reasons);
    m_report.is_ledger_unstaged = reasons->front().has_value();
    return {};
  }

  BuildRequest& m_request;
  const LedgerPlace& m_place;
  const BuildListeners& m_listeners;
  OptimizeReport m_report;
  BuildReport m_run;
  InPlaceScan m_scan;
  HashedFiles m_hashed;
  Recognition m_known;
  std::vector<std::optional<Lossless>>
      m_losses;  // of each scanned file, where the ledger or the journal knows
  LedgerChanges m_changes;
  bool m_has_conflict = false;  // in the ledger
  std::vector<ImageOutcome> m_refused;
  // What is encoded, and by the same index its names for rules and its real paths.
  ScanResult m_chosen;
  std::vector<std::string> m_rule_names;
  std::vector<std::string> m_real_paths;
  std::vector<std::optional<ImageFormat>> m_formats;  // none of what is no image
  std::optional<Cache> m_cache;
  std::optional<DigestSecret> m_own_secret;
  PoolCounters m_pool_counters;
};

}  // namespace

Result<OptimizeReport> run_optimize(BuildRequest& request, const LedgerPlace& place,
                                    const BuildListeners& listeners) {
  return OptimizeRun(request, place, listeners).run();
}

}  // namespace imgopt
