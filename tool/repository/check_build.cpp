#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <unordered_set>

#include "base/interrupts.hpp"
#include "base/machine.hpp"
#include "base/stopwatch.hpp"
#include "tool/build/output_claims.hpp"
#include "tool/build/told_files.hpp"
#include "tool/cache/cache.hpp"
#include "tool/plan/expand_outputs.hpp"
#include "tool/plan/identify.hpp"
#include "tool/plan/unusable.hpp"
#include "tool/plan/work_key.hpp"
#include "tool/repository/check_run.hpp"
#include "tool/state/build_state.hpp"
#include "tool/state/output_folder.hpp"
#include "tool/text/output_name.hpp"
#include "tool/text/path_text.hpp"
#include "tool/text/shell_text.hpp"
#include "tool/workers/encoder_fingerprint.hpp"

namespace imgopt {

namespace {

class BuildCheck {
public:
  explicit BuildCheck(BuildRequest& request) : m_request(request), m_out(request.out, 0) {}

  Result<CheckReport> run() {
    const Stopwatch watch;
    IMGOPT_TRY(load_state());
    IMGOPT_ASSIGN(m_scan, scan(m_request.scan));
    if (const auto claims = OutputClaims::of_build(m_request.out, m_request.state))
      m_report.warnings = claims->leave_out_outputs(m_scan, m_request.scan.sources).warnings;
    leave_out_told_files(told_files_of(m_request.options, m_request.state), m_scan);
    IMGOPT_TRY(take_folder_configs(m_request, m_scan));
    m_report.problems = m_scan.problems;
    identify_sources();
    if (Interrupts::pending() != 0)
      return interrupted();
    for (std::size_t s = 0; s < m_scan.files.size(); ++s)
      IMGOPT_TRY(judge_source(s));
    add_collisions();
    add_orphans();
    auto budgets = over_budget(m_request.check.budgets, m_sized);
    std::move(budgets.begin(), budgets.end(), std::back_inserter(m_report.findings));
    apply_ignore_list(m_report, m_request.check.ignore, UnusedEntries::named);
    name_fix();
    m_report.wall_ms = watch.wall_ms();
    return std::move(m_report);
  }

private:
  struct Wanted {
    std::size_t source = 0;
    std::string path;
  };

  // A state whose digests nobody can compare any more is as good as none.
  Result<void> load_state() {
    auto loaded = BuildState::load(m_request.state);
    if (!loaded && loaded.error().code != ErrorCode::corrupt)
      return tl::unexpected<Error>(std::move(loaded).error());
    if (loaded)
      m_state = std::move(*loaded);
    if (m_state) {
      if (m_request.cache_folder)
        if (auto cache = Cache::open(*m_request.cache_folder, CacheAccess::read_only))
          m_secret = cache->secret();
      if (!m_secret || m_secret->id() != m_state->identity().secret_id)
        m_secret.emplace(m_state->identity().own_seed);
      if (m_secret->id() != m_state->identity().secret_id)
        m_state.reset();
    }
    if (!m_state)
      m_secret.emplace(random_seed());
    const auto worker = find_worker();
    if (m_state && worker) {
      m_encoders = remembered_fingerprints(*m_state, *worker);
      if (!m_encoders)
        add(FindingKind::stale, m_request.out, m_request.out,
            "the encoders were updated since the last build");
    }
    return {};
  }

  void identify_sources() {
    IdentifyInputs inputs;
    inputs.scan = &m_scan;
    inputs.state = m_state ? &*m_state : nullptr;
    inputs.secret = &*m_secret;
    inputs.out = &m_out;
    // Nothing is remembered of this look, so no file is too young for it.
    inputs.scan_start_ns = INT64_MAX;
    inputs.is_other_boot = m_state && m_state->identity().boot_id != boot_id();
    inputs.threads = m_request.jobs;
    m_identified = identify(inputs);
  }

  [[nodiscard]] const StateSource* known(std::size_t s) const {
    const std::int64_t index = m_identified.sources[s].state_index;
    return index < 0 ? nullptr : &m_state->sources()[static_cast<std::size_t>(index)];
  }

  [[nodiscard]] std::string whole(const std::string& path) const {
    std::error_code error;
    const auto absolute = std::filesystem::absolute(path, error).lexically_normal();
    return error ? path : absolute.string();
  }

  void add(FindingKind kind, std::string name, const std::string& path, std::string message) {
    m_report.findings.push_back({kind, std::move(name), whole(path), std::move(message), {}});
  }

  Result<void> judge_source(std::size_t s) {
    const ScannedFile& file = m_scan.files[s];
    const IdentifiedSource& source = m_identified.sources[s];
    if (!source.error.empty()) {
      m_report.problems.push_back({ErrorCode::io, source.error});
      return {};
    }
    if (source.kind != ContentKind::image) {
      judge_foreign(s);
      return {};
    }
    ++m_report.images;
    m_report.bytes += source.stat.size;
    IMGOPT_ASSIGN(const ImageSettings* settings, m_request.resolver->settings_for(file.name));
    std::vector<ExpandedOutput> outputs = expand_outputs(file.name, source.format, *settings);
    const bool is_same = source.change == Change::none || source.change == Change::touched;
    if (known(s) == nullptr)
      add(FindingKind::stale, file.name, m_scan.path_of(file),
          m_state ? "it was never built" : "there is no build state that knows it");
    else if (!is_same)
      add(FindingKind::stale, file.name, m_scan.path_of(file), "it was edited since it was built");
    for (ExpandedOutput& output : outputs) {
      if (m_encoders)
        leave_out_unwritable(output, *m_encoders);
      for (const std::string_view path : possible_paths(output))
        m_names.push_back({s, std::string(path)});
      if (known(s) == nullptr || !is_same)
        want_all(output);
      else
        judge_output(s, output);
    }
    return {};
  }

  // Where nobody knows which of several formats it will be, none of them is an orphan.
  void want_all(const ExpandedOutput& output) {
    for (const std::string_view path : possible_paths(output))
      m_wanted.insert(std::string(path));
  }

  // What is no image: a copy of it, or nothing, is all there can be.
  void judge_foreign(std::size_t s) {
    const ScannedFile& file = m_scan.files[s];
    const auto& policy = m_request.options.unsupported;
    if (policy == UnsupportedPolicy::copy) {
      m_names.push_back({s, file.name});
      m_wanted.insert(file.name);
      if (known(s) == nullptr || !m_identified.sources[s].outputs_stand)
        add(FindingKind::stale, file.name, m_scan.path_of(file), "its copy is not what it should be");
      return;
    }
    const bool has_image_name = format_from_extension(extension_of(file.name)).has_value();
    const bool is_refused =
        policy == UnsupportedPolicy::error || has_image_name || file.named_by == NamedBy::itself;
    if (policy != UnsupportedPolicy::skip && is_refused)
      add(FindingKind::unusable, file.name, m_scan.path_of(file),
          std::string(unusable_because(m_identified.sources[s].kind)));
  }

  [[nodiscard]] const StateOutput* made_at(const StateSource& source, std::string_view path) const {
    for (const StateOutput& output : m_state->outputs_of(source))
      if (m_state->text(output.path) == path)
        return &output;
    return nullptr;
  }

  void judge_output(std::size_t s, const ExpandedOutput& wanted) {
    const IdentifiedSource& identified = m_identified.sources[s];
    std::optional<Digest128> key;
    if (m_encoders) {
      OutputWork work;
      work.settings = wanted.settings;
      work.candidates = wanted.candidates;
      key =
          key_of(work, {identified.digest, identified.stat.size, identified.format}, *m_encoders, *m_secret);
    }
    const StateOutput* made = nullptr;
    std::string path = wanted.path;
    for (const std::string_view possible : possible_paths(wanted)) {
      const StateOutput* found = made_at(*known(s), possible);
      if (found == nullptr || (made != nullptr && found->key != key))
        continue;
      made = found;
      path = possible;
    }
    const std::string place = m_request.out + "/" + path;
    const auto is_stale = [&](std::string message) {
      want_all(wanted);
      add(FindingKind::stale, path, place, std::move(message));
    };
    if (made == nullptr)
      return is_stale("the configuration asks for it since the last build");
    if (has(made->flags, OutputFlag::missing))
      return is_stale("its image failed in the last build");
    const StandingOutput& standing = standing_of(*made);
    if (!standing.stands)
      return is_stale("it is gone or was changed by somebody else");
    m_sized.push_back({path, place, standing.stat.size});
    const std::uint64_t before = identified.stat.size;
    m_report.bytes_saved += before > standing.stat.size ? before - standing.stat.size : 0;
    if (key && key != made->key)
      return is_stale("its settings were changed since it was made");
    m_wanted.insert(path);
  }

  [[nodiscard]] const StandingOutput& standing_of(const StateOutput& output) const {
    return m_identified.outputs[static_cast<std::size_t>(&output - m_state->outputs().data())];
  }

  void add_collisions() {
    std::vector<PlannedName> names;
    for (const Wanted& wanted : m_names)
      names.push_back({wanted.path, m_scan.files[wanted.source].name});
    for (const Collision& collision : find_collisions(names)) {
      const ScannedFile& file = m_scan.files[m_names[collision.second].source];
      add(FindingKind::colliding, file.name, m_scan.path_of(file),
          collision_text(collision.kind, names[collision.first], names[collision.second]));
    }
  }

  // Ours, still there, and made of nothing that is there.
  void add_orphans() {
    if (!m_state || !m_scan.problems.empty())
      return;
    std::unordered_set<const StateSource*> gone;
    for (const std::uint32_t index : m_identified.gone_sources)
      gone.insert(&m_state->sources()[index]);
    for (const StateSource& source : m_state->sources())
      for (const StateOutput& output : m_state->outputs_of(source)) {
        const std::string path(m_state->text(output.path));
        if (has(output.flags, OutputFlag::missing) || m_wanted.contains(path) ||
            !standing_of_gone(output, path))
          continue;
        add(FindingKind::orphaned, path, m_request.out + "/" + path,
            gone.contains(&source)
                ? fmt::format("its source {} is gone", m_state->text(source.name))
                : fmt::format("the configuration makes it of {} no more", m_state->text(source.name)));
      }
  }

  // identify() looks at outputs of sources that are there alone.
  [[nodiscard]] bool standing_of_gone(const StateOutput& output, const std::string& path) {
    if (standing_of(output).stands)
      return true;
    const auto stat = m_out.stat(path);
    return stat && *stat && **stat == output.stat;
  }

  void name_fix() {
    const auto has = [&](FindingKind kind) {
      return std::any_of(m_report.findings.begin(), m_report.findings.end(),
                         [&](const CheckFinding& finding) { return finding.kind == kind; });
    };
    // A build refuses collisions before it does anything; a person has to rename first.
    if (has(FindingKind::colliding) || (!has(FindingKind::stale) && !has(FindingKind::orphaned)))
      return;
    std::string command = "imgopt build";
    if (m_request.options.config)
      command += " --config " + shell_quoted(*m_request.options.config);
    m_report.fixes.push_back(std::move(command));
  }

  BuildRequest& m_request;
  OutputFolder m_out;
  std::optional<BuildState> m_state;
  std::optional<DigestSecret> m_secret;
  std::optional<EncoderFingerprints> m_encoders;
  ScanResult m_scan;
  Identified m_identified;
  std::vector<Wanted> m_names;               // every path that an output may take
  std::unordered_set<std::string> m_wanted;  // what must stay
  std::vector<SizedFile> m_sized;
  CheckReport m_report;
};

}  // namespace

Result<CheckReport> check_build(BuildRequest& request) {
  return BuildCheck(request).run();
}

}  // namespace imgopt
