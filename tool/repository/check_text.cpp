#include "tool/repository/check_text.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

#include "tool/text/human_text.hpp"
#include "tool/text/json_text.hpp"
#include "tool/text/path_text.hpp"
#include "tool/text/shell_text.hpp"
#include "tool/text/version.hpp"

namespace imgopt {

namespace {

using Json = nlohmann::ordered_json;

// Of findings that differ in their path alone, such as those of an output folder that is gone.
constexpr std::size_t k_most_alike = 20;

std::string relative_to(const std::string& path, const std::string& root) {
  const std::string begin = root == "/" ? root : root + "/";
  return path.starts_with(begin) ? path.substr(begin.size()) : path == root ? "." : path;
}

Json finding_json(const CheckFinding& finding, const std::string& root) {
  Json json = {{"kind", finding_name(finding.kind)},
               {"path", json_text(relative_to(finding.path, root))},
               {"message", json_text(finding.message)}};
  if (!finding.reason.empty())
    json["reason"] = finding.reason;
  return json;
}

Json sarif_result(const CheckFinding& finding, const std::string& root) {
  const std::string path = relative_to(finding.path, root);
  Json place = {{"uri", (path.starts_with('/') ? "file://" : "") + uri_of(path)}};
  if (!path.starts_with('/'))
    place["uriBaseId"] = "%SRCROOT%";
  Json result = {{"ruleId", finding_name(finding.kind)},
                 {"level", "error"},
                 {"message", {{"text", json_text(finding.message)}}},
                 {"locations", Json::array({{{"physicalLocation", {{"artifactLocation", place}}}}})}};
  if (!finding.reason.empty())
    result["suppressions"] = Json::array({{{"kind", "external"}, {"justification", finding.reason}}});
  return result;
}

// What ends a property or a command in an annotation.
std::string annotation_text(std::string_view text, bool is_property) {
  std::string out;
  for (const char c : text) {
    if (c == '%')
      out += "%25";
    else if (c == '\r')
      out += "%0D";
    else if (c == '\n')
      out += "%0A";
    else if (is_property && c == ':')
      out += "%3A";
    else if (is_property && c == ',')
      out += "%2C";
    else
      out += c;
  }
  return out;
}

}  // namespace

std::string check_text(const CheckReport& report, Verbosity verbosity) {
  if (verbosity == Verbosity::quiet)
    return {};
  std::string out;
  std::map<std::pair<FindingKind, std::string_view>, std::size_t> alike;
  for (const CheckFinding& finding : report.findings)
    if (verbosity == Verbosity::verbose || ++alike[{finding.kind, finding.message}] <= k_most_alike)
      fmt::format_to(std::back_inserter(out), "{}: {}: {}\n", printable(as_seen_from_here(finding.path)),
                     finding_name(finding.kind), printable(finding.message));
  for (const auto& [finding, count] : alike)
    if (count > k_most_alike)
      fmt::format_to(std::back_inserter(out), "... and {} more, {}: {} (--verbose names them)\n",
                     count - k_most_alike, finding_name(finding.first), printable(finding.second));
  if (verbosity == Verbosity::verbose)
    for (const CheckFinding& finding : report.ignored)
      fmt::format_to(std::back_inserter(out), "{}: {}: passed over: {}\n",
                     printable(as_seen_from_here(finding.path)), finding_name(finding.kind),
                     printable(finding.reason));
  fmt::format_to(std::back_inserter(out), "imgopt: {}: {}{}{} ({})\n", human_count(report.images, "image"),
                 report.findings.empty() ? "all is well" : human_count(report.findings.size(), "finding"),
                 report.ignored.empty() ? "" : fmt::format(", {} passed over", report.ignored.size()),
                 report.bytes_saved == 0 ? "" : fmt::format(", {} saved", human_bytes(report.bytes_saved)),
                 human_duration(std::chrono::duration<double, std::milli>(report.wall_ms)));
  for (const std::string& fix : report.fixes)
    fmt::format_to(std::back_inserter(out), "To fix: {}\n", printable(fix));
  return out;
}

std::string check_json(const CheckReport& report, const std::string& root) {
  Json json = {{"schema", 1},
               {"tool_version", tool_version()},
               {"summary",
                {{"images", report.images},
                 {"bytes", report.bytes},
                 {"bytes_saved", report.bytes_saved},
                 {"findings", report.findings.size()},
                 {"ignored", report.ignored.size()},
                 {"wall_ms", report.wall_ms}}},
               {"findings", Json::array()},
               {"ignored", Json::array()},
               {"warnings", Json::array()},
               {"fix", Json::array()}};
  for (const CheckFinding& finding : report.findings)
    json["findings"].push_back(finding_json(finding, root));
  for (const CheckFinding& finding : report.ignored)
    json["ignored"].push_back(finding_json(finding, root));
  for (const std::string& warning : report.warnings)
    json["warnings"].push_back(json_text(warning));
  for (const std::string& fix : report.fixes)
    json["fix"].push_back(json_text(fix));
  return json.dump(2) + "\n";
}

std::string check_sarif(const CheckReport& report, const std::string& root) {
  Json rules = Json::array();
  for (const FindingKind kind : k_all_findings)
    rules.push_back({{"id", finding_name(kind)}, {"shortDescription", {{"text", finding_summary(kind)}}}});
  Json results = Json::array();
  for (const auto* list : {&report.findings, &report.ignored})
    for (const CheckFinding& finding : *list)
      results.push_back(sarif_result(finding, root));
  Json driver = {{"name", "ImgOpt"}, {"version", tool_version()}, {"rules", std::move(rules)}};
  const Json sarif = {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
      {"version", "2.1.0"},
      {"runs", Json::array({{{"tool", {{"driver", std::move(driver)}}}, {"results", std::move(results)}}})}};
  return sarif.dump(2) + "\n";
}

std::string check_annotations(const CheckReport& report, const std::string& root) {
  std::string out;
  for (const CheckFinding& finding : report.findings)
    fmt::format_to(std::back_inserter(out), "::error file={},title=ImgOpt {}::{}\n",
                   annotation_text(relative_to(finding.path, root), true), finding_name(finding.kind),
                   annotation_text(relative_to(finding.path, root) + ": " + finding.message, false));
  for (const std::string& warning : report.warnings)
    fmt::format_to(std::back_inserter(out), "::warning title=ImgOpt::{}\n", annotation_text(warning, false));
  for (const std::string& fix : report.fixes)
    fmt::format_to(std::back_inserter(out), "::notice title=ImgOpt::To fix: {}\n",
                   annotation_text(fix, false));
  return out;
}

}  // namespace imgopt
