#include "tool/repository/check_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>

#include "tool/text/human_text.hpp"

namespace imgopt {

namespace {

constexpr std::size_t k_heaviest_named = 3;

std::string patterns_of(const Budget& budget) {
  std::string text;
  for (const Glob& glob : budget.match)
    text += fmt::format("{}'{}'", text.empty() ? "" : ", ", glob.pattern());
  return text;
}

}  // namespace

std::vector<CheckFinding> over_budget(const std::vector<Budget>& budgets, std::span<const SizedFile> files) {
  std::vector<CheckFinding> findings;
  for (const Budget& budget : budgets) {
    std::vector<const SizedFile*> members;
    std::uint64_t total = 0;
    for (const SizedFile& file : files) {
      if (!matches_any(budget.match, file.name))
        continue;
      members.push_back(&file);
      total += file.bytes;
      if (budget.max_file && file.bytes > *budget.max_file)
        findings.push_back({FindingKind::over_budget,
                            file.name,
                            file.path,
                            fmt::format("it has {} of at most {} ({})", human_bytes(file.bytes),
                                        human_bytes(*budget.max_file), budget.place),
                            {}});
    }
    if (!budget.max_total || total <= *budget.max_total)
      continue;
    const auto shown = static_cast<std::ptrdiff_t>(std::min(k_heaviest_named, members.size()));
    std::partial_sort(members.begin(), members.begin() + shown, members.end(),
                      [](const SizedFile* a, const SizedFile* b) {
                        return a->bytes != b->bytes ? a->bytes > b->bytes : a->name < b->name;
                      });
    std::string heaviest;
    for (std::ptrdiff_t i = 0; i < shown; ++i) {
      const SizedFile& file = *members[static_cast<std::size_t>(i)];
      heaviest += fmt::format("{}{} {}", i == 0 ? "" : ", ", file.name, human_bytes(file.bytes));
    }
    // Told at the heaviest, since a folder's pattern is no file.
    findings.push_back(
        {FindingKind::over_budget,
         members.front()->name,
         members.front()->path,
         fmt::format("{} match {} and have {} of at most {} together ({}); the heaviest: {}",
                     human_count(members.size(), "file"), patterns_of(budget), human_bytes(total),
                     human_bytes(*budget.max_total), budget.place, heaviest),
         {}});
  }
  return findings;
}

void apply_ignore_list(CheckReport& report, const std::vector<IgnoreEntry>& entries, UnusedEntries unused) {
  std::vector<bool> is_used(entries.size());
  std::vector<CheckFinding> findings;
  for (CheckFinding& finding : report.findings) {
    const auto covers = [&](const IgnoreEntry& entry) {
      const bool is_of_kind =
          entry.findings.empty() ||
          std::find(entry.findings.begin(), entry.findings.end(), finding.kind) != entry.findings.end();
      return is_of_kind && matches_any(entry.match, finding.name);
    };
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (!covers(entries[i]))
        continue;
      is_used[i] = true;
      if (finding.reason.empty())
        finding.reason = entries[i].reason;
    }
    (finding.reason.empty() ? findings : report.ignored).push_back(std::move(finding));
  }
  report.findings = std::move(findings);
  for (std::vector<CheckFinding>* list : {&report.findings, &report.ignored})
    std::sort(list->begin(), list->end(), [](const CheckFinding& a, const CheckFinding& b) {
      return std::tie(a.path, a.kind, a.message) < std::tie(b.path, b.kind, b.message);
    });
  if (unused == UnusedEntries::passed_over)
    return;
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (!is_used[i])
      report.warnings.push_back(
          fmt::format("{}: this entry of check-ignore passes nothing over any more (its reason was: {})",
                      entries[i].place, entries[i].reason));
}

}  // namespace imgopt
