#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/interrupts.hpp"
#include "base/stopwatch.hpp"
#include "tool/plan/unusable.hpp"
#include "tool/repository/check_run.hpp"
#include "tool/repository/in_place_scan.hpp"
#include "tool/repository/recognition.hpp"
#include "tool/repository/uncommitted.hpp"
#include "tool/state/hashed_files.hpp"
#include "tool/text/human_text.hpp"
#include "tool/text/shell_text.hpp"

namespace imgopt {

namespace {

// More paths than a person would paste: then the arguments as they were given.
constexpr std::size_t k_most_named = 20;

class InPlaceCheck {
public:
  InPlaceCheck(BuildRequest& request, const LedgerPlace& place) : m_request(request), m_place(place) {}

  Result<CheckReport> run() {
    const Stopwatch watch;
    IMGOPT_ASSIGN(m_scan, scan_in_place(m_request, m_place));
    m_report.problems = m_scan.scan.problems;
    m_hashed = hash_files(m_scan.scan, m_place.stat_index, m_request.jobs, wall_clock_ns(), 0);
    if (Interrupts::pending() != 0)
      return interrupted();
    IMGOPT_ASSIGN(const Ledger ledger, load_ledger(m_place));
    const Recognition known = recognize({&m_scan, &m_hashed, &ledger, nullptr, existence_in(m_place)});
    judge_files(ledger, known);
    for (const std::string& path : known.orphaned_paths)
      add(FindingKind::orphaned, path, path, "the ledger has a line for it, but it is gone");
    if (ledger.has_conflict())
      add(FindingKind::conflict, k_ledger_name, m_place.file.substr(folder().size()),
          "it holds the marks of a merge conflict");
    auto budgets = over_budget(m_request.check.budgets, m_sized);
    std::move(budgets.begin(), budgets.end(), std::back_inserter(m_report.findings));
    apply_ignore_list(m_report, m_request.check.ignore,
                      m_scan.folders.empty() ? UnusedEntries::passed_over : UnusedEntries::named);
    IMGOPT_TRY(name_fixes());
    m_report.wall_ms = watch.wall_ms();
    return std::move(m_report);
  }

private:
  [[nodiscard]] std::string folder() const { return m_place.folder == "/" ? "/" : m_place.folder + "/"; }

  void add(FindingKind kind, std::string name, const std::string& path, std::string message) {
    m_report.findings.push_back({kind, std::move(name), folder() + path, std::move(message), {}});
  }

  void judge_files(const Ledger& ledger, const Recognition& known) {
    for (std::size_t i = 0; i < known.files.size(); ++i) {
      const ScannedFile& file = m_scan.scan.files[i];
      const HashedFile& hashed = m_hashed.files[i];
      if (known.files[i] == Standing::no_image)
        continue;
      if (!hashed.error.empty()) {
        m_report.problems.push_back({ErrorCode::io, hashed.error});
        continue;
      }
      if (hashed.kind != ContentKind::image) {
        add(FindingKind::unusable, m_scan.rule_names[i], file.name,
            std::string(unusable_because(hashed.kind)));
        continue;
      }
      ++m_report.images;
      m_report.bytes += hashed.stat.size;
      m_sized.push_back({m_scan.rule_names[i], folder() + file.name, hashed.stat.size});
      if (known.files[i] == Standing::unfinished) {
        add(FindingKind::unoptimized, m_scan.rule_names[i], file.name,
            fmt::format("its {} are not in the ledger", human_bytes(hashed.stat.size)));
        continue;
      }
      const std::uint64_t before = ledger.find(hashed.hash)->before;
      m_report.bytes_saved += before > hashed.stat.size ? before - hashed.stat.size : 0;
    }
  }

  [[nodiscard]] std::string words(const std::vector<std::string>& paths) const {
    std::string text;
    for (const std::string& path : paths)
      (text += ' ') += shell_quoted(path);
    return text;
  }

  // The command that leaves nothing of all this, as far as there is one.
  Result<void> name_fixes() {
    std::vector<std::string> files;
    bool needs_folders = false;
    for (const CheckFinding& finding : m_report.findings) {
      if (finding.kind == FindingKind::unoptimized)
        files.push_back(finding.path);
      needs_folders =
          needs_folders || finding.kind == FindingKind::orphaned || finding.kind == FindingKind::conflict;
    }
    if (files.empty() && !needs_folders)
      return {};
    std::string begin = "imgopt optimize";
    if (m_request.options.config)
      begin += " --config " + shell_quoted(*m_request.options.config);
    if (m_request.options.ledger)
      begin += " --ledger " + shell_quoted(*m_request.options.ledger);
    std::vector<std::string> named = m_request.scan.sources;
    if (files.size() <= k_most_named) {
      named.clear();
      std::transform(files.begin(), files.end(), std::back_inserter(named), as_seen_from_here);
    }
    const std::vector<std::string>& shown = needs_folders ? m_request.scan.sources : named;
    // Without git's word the plain command has to do; optimize then says what is in the way.
    const auto committed = refusals(files, MayReplace::committed);
    const auto staged = refusals(files, MayReplace::staged);
    const auto all_pass = [](const auto& reasons) {
      return !reasons ||
             std::none_of(reasons->begin(), reasons->end(), [](const auto& r) { return r.has_value(); });
    };
    if (all_pass(committed))
      m_report.fixes.push_back(begin + words(shown));
    else if (all_pass(staged))
      m_report.fixes.push_back(begin + " --staged" + words(shown));
    else
      m_report.fixes.push_back("git add" + words(named) + " && " + begin + " --staged" + words(shown));
    return {};
  }

  BuildRequest& m_request;
  const LedgerPlace& m_place;
  InPlaceScan m_scan;
  HashedFiles m_hashed;
  std::vector<SizedFile> m_sized;
  CheckReport m_report;
};

}  // namespace

Result<CheckReport> check_in_place(BuildRequest& request, const LedgerPlace& place) {
  return InPlaceCheck(request, place).run();
}

}  // namespace imgopt
