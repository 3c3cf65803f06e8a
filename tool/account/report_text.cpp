#include "tool/account/report_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "tool/text/human_text.hpp"

namespace imgopt {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t k_groups_shown = 12;
constexpr std::size_t k_changes_shown = 10;
// What a line of a group takes beside its name, with and without the count of outputs.
constexpr std::size_t k_group_columns = 40;
constexpr std::size_t k_short_group_columns = 24;
constexpr std::size_t k_change_columns = 35;
constexpr std::size_t k_shortest_source_name = 12;

std::string signed_bytes(std::int64_t difference) {
  const std::string size = human_bytes(static_cast<std::uint64_t>(difference < 0 ? -difference : difference));
  return (difference < 0 ? "-" : "+") + size;
}

// `name` filled up with spaces, as it stands on a terminal.
std::string padded(const std::string& name, std::size_t columns) {
  const std::size_t width = display_width(name);
  return width < columns ? name + std::string(columns - width, ' ') : name;
}

class Text {
public:
  Text(const Report& report, const ReportedTotals& totals, ReportTextStyle style)
      : m_report(report), m_totals(totals), m_style(style) {}

  std::string whole(const ReportDifference* difference) {
    add_totals();
    add_failures();
    const std::size_t names = std::max(widest(m_totals.formats), widest(m_totals.folders));
    add_groups("formats", m_totals.formats, names);
    add_groups("folders", m_totals.folders, names);
    if (difference != nullptr)
      add_difference(*difference);
    return std::move(m_out);
  }

private:
  template <typename... Values>
  void add(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(m_out), format, std::forward<Values>(values)...);
  }

  // Counts as the build's own summary has them.
  void add_totals() {
    add("{}, {}", human_count(m_totals.all.images, "image"), human_count(m_totals.all.outputs, "output"));
    if (m_totals.failed > 0)
      add(", {} failed", human_count(m_totals.failed, "image"));
    if (m_totals.skipped > 0)
      add(", {} skipped", human_count(m_totals.skipped, "file"));
    if (m_totals.would_encode > 0)
      add(", {} would be encoded", m_totals.would_encode);
    if (m_totals.standing > 0) {
      add(": {} -> {}", human_bytes(m_totals.all.bytes_in), human_bytes(m_totals.all.bytes_out));
      if (m_totals.standing < m_totals.all.outputs)
        add(" in {}", human_count(m_totals.standing, "output"));
    }
    add(" ({})\n", human_duration(std::chrono::duration<double, std::milli>(m_report.wall_ms)));
  }

  void add_failures() {
    if (m_totals.failed == 0)
      return;
    add("failed:\n");
    for (const ReportedImage& image : m_report.images)
      if (image.status == "failed")
        add("  {}: {}\n", printable(image.source), printable(image.error));
  }

  static std::size_t widest(const std::vector<ReportedGroup>& groups) {
    std::size_t width = 0;
    for (std::size_t i = 0; i < std::min(groups.size(), k_groups_shown); ++i)
      width = std::max(width, display_width(printable(groups[i].name)));
    return width;
  }

  // In a narrow terminal names are cut first, then the count of outputs gives way.
  void add_groups(std::string_view title, const std::vector<ReportedGroup>& groups, std::size_t names) {
    if (groups.empty())
      return;
    add("{}:\n", title);
    const std::size_t room = m_style.columns.value_or(names + k_group_columns);
    const bool is_short = room < std::min(names, k_shortest_source_name) + k_group_columns;
    const std::size_t beside = is_short ? k_short_group_columns : k_group_columns;
    const std::size_t width =
        std::min(names, std::max(k_shortest_source_name, room > beside ? room - beside : 0));
    const std::size_t shown = std::min(groups.size(), k_groups_shown);
    for (std::size_t i = 0; i < shown; ++i) {
      const ReportedGroup& group = groups[i];
      add("  {}", padded(end_within(printable(group.name), width), width));
      if (!is_short)
        add("  {:>6} {}", group.outputs, group.outputs == 1 ? "output " : "outputs");
      add("  {:>8} -> {:>8}\n", human_bytes(group.bytes_in), human_bytes(group.bytes_out));
    }
    if (shown < groups.size())
      add("  and {} more\n", groups.size() - shown);
  }

  void add_difference(const ReportDifference& difference) {
    add("against the earlier report: {} -> {} ({}); {} new, {} gone\n", human_bytes(difference.all.before),
        human_bytes(difference.all.after), signed_bytes(difference.all.difference()), difference.added.size(),
        difference.removed.size());
    add_changes("folders that changed", difference.folders);
    add_changes("images that grew", difference.grown);
  }

  // The name last, so that it needs no padding and loses only what does not fit.
  void add_changes(std::string_view title, const std::vector<ByteChange>& changes) {
    if (changes.empty())
      return;
    add("{}:\n", title);
    const std::size_t shown = std::min(changes.size(), k_changes_shown);
    for (std::size_t i = 0; i < shown; ++i) {
      std::string name = printable(changes[i].name);
      if (m_style.columns)
        name = end_within(name, std::max(k_shortest_source_name,
                                         *m_style.columns - std::min(*m_style.columns, k_change_columns)));
      add("  {:>9}  {:>8} -> {:>8}  {}\n", signed_bytes(changes[i].difference()),
          human_bytes(changes[i].before), human_bytes(changes[i].after), name);
    }
    if (shown < changes.size())
      add("  and {} more\n", changes.size() - shown);
  }

  const Report& m_report;
  const ReportedTotals& m_totals;
  ReportTextStyle m_style;
  std::string m_out;
};

ordered_json facts_of(const std::vector<ReportedGroup>& groups) {
  ordered_json list = ordered_json::array();
  for (const ReportedGroup& group : groups)
    list.push_back({{"name", group.name},
                    {"outputs", group.outputs},
                    {"bytes_in", group.bytes_in},
                    {"bytes_out", group.bytes_out}});
  return list;
}

ordered_json facts_of(const std::vector<ByteChange>& changes) {
  ordered_json list = ordered_json::array();
  for (const ByteChange& change : changes)
    list.push_back({{"name", change.name},
                    {"before", change.before},
                    {"after", change.after},
                    {"difference", change.difference()}});
  return list;
}

}  // namespace

std::string report_text(const Report& report, const ReportedTotals& totals,
                        const ReportDifference* difference, ReportTextStyle style) {
  return Text(report, totals, style).whole(difference);
}

std::string report_facts_json(const Report& report, const ReportedTotals& totals,
                              const ReportDifference* difference) {
  ordered_json json = {{"schema", 1},
                       {"images", totals.all.images},
                       {"outputs", totals.all.outputs},
                       {"skipped", totals.skipped},
                       {"failed_outputs", totals.failed_outputs},
                       {"would_encode", totals.would_encode},
                       {"bytes_in", totals.all.bytes_in},
                       {"bytes_out", totals.all.bytes_out}};
  json["failed"] = ordered_json::array();
  for (const ReportedImage& image : report.images)
    if (image.status == "failed")
      json["failed"].push_back({{"source", image.source}, {"error", image.error}});
  json["formats"] = facts_of(totals.formats);
  json["folders"] = facts_of(totals.folders);
  if (difference != nullptr)
    json["difference"] = {{"bytes_before", difference->all.before},
                          {"bytes_after", difference->all.after},
                          {"folders", facts_of(difference->folders)},
                          {"grown", facts_of(difference->grown)},
                          {"shrunk", facts_of(difference->shrunk)},
                          {"added", difference->added},
                          {"removed", difference->removed}};
  return json.dump(2);
}

}  // namespace imgopt
