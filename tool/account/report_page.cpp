#include "tool/account/report_page.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/digest.hpp"
#include "tool/text/json_text.hpp"
#include "tool/text/path_text.hpp"

namespace imgopt {

namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

// RFC 4648.
std::string base64(ByteView bytes) {
  constexpr std::string_view k_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < count ? bytes[i + k] : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      out.push_back(k <= count ? k_letters[group >> (18 - 6 * k) & 63] : '=');
  }
  return out;
}

std::string url_from(const std::string& folder, const std::string& absolute) {
  return absolute.empty() ? "" : uri_of(fs::path(absolute).lexically_relative(folder).string());
}

Json json_of(const ReportedGroup& group) {
  return {{"name", group.name},
          {"images", group.images},
          {"outputs", group.outputs},
          {"bytes_in", group.bytes_in},
          {"bytes_out", group.bytes_out}};
}

Json json_of(const std::vector<ReportedGroup>& groups) {
  Json list = Json::array();
  for (const ReportedGroup& group : groups)
    list.push_back(json_of(group));
  return list;
}

Json json_of(const std::vector<ByteChange>& changes) {
  Json list = Json::array();
  for (const ByteChange& change : changes)
    list.push_back({{"name", change.name}, {"before", change.before}, {"after", change.after}});
  return list;
}

class PageData {
public:
  explicit PageData(const ReportPage& page) : m_page(page), m_report(*page.report) {}

  Json whole() const {
    const ReportedTotals totals = totals_of(m_report);
    Json data = {{"tool", m_report.tool_version},
                 {"out", m_report.out},
                 {"wall_ms", m_report.wall_ms},
                 {"warnings", m_report.warnings}};
    data["totals"] = json_of(totals.all);
    data["totals"]["standing"] = totals.standing;
    data["totals"]["failed"] = totals.failed;
    data["totals"]["would_encode"] = totals.would_encode;
    data["totals"]["skipped"] = totals.skipped;
    data["totals"]["kept_original"] = totals.kept_original;
    data["totals"]["larger_than_source"] = totals.larger_than_source;
    data["formats"] = json_of(totals.formats);
    data["folders"] = json_of(totals.folders);
    data["settings"] = settings();
    if (const ReportDifference* difference = m_page.difference)
      data["difference"] = {{"all", {{"before", difference->all.before}, {"after", difference->all.after}}},
                            {"folders", json_of(difference->folders)},
                            {"grown", json_of(difference->grown)},
                            {"shrunk", json_of(difference->shrunk)},
                            {"added", difference->added},
                            {"removed", difference->removed}};
    data["images"] = Json::array();
    for (std::size_t i = 0; i < m_report.images.size(); ++i)
      data["images"].push_back(image(i));
    return data;
  }

private:
  Json settings() const {
    Json sets = Json::array();
    for (const auto& set : m_report.settings) {
      Json lines = Json::array();
      for (const ReportedSetting& setting : set)
        lines.push_back({setting.name, setting.value, setting.place});
      sets.push_back(std::move(lines));
    }
    return sets;
  }

  Json image(std::size_t index) const {
    const ReportedImage& image = m_report.images[index];
    Json json = {{"source", image.source}, {"status", image.status}, {"bytes", image.bytes}};
    json["url"] = url_from(m_page.folder, source_path(m_report, image));
    if (!image.error.empty())
      json["error"] = image.error;
    if (!image.reproduce.empty())
      json["reproduce"] = image.reproduce;
    if (image.settings)
      json["settings"] = *image.settings;
    if (index < m_page.thumbnails.size() && !m_page.thumbnails[index].empty())
      json["thumb"] = base64(m_page.thumbnails[index]);
    json["outputs"] = Json::array();
    for (const ReportedOutput& output : image.outputs)
      json["outputs"].push_back(output_json(output));
    return json;
  }

  Json output_json(const ReportedOutput& output) const {
    Json json = {{"path", output.path},   {"format", output.format}, {"status", output.status},
                 {"bytes", output.bytes}, {"width", output.width},   {"height", output.height},
                 {"notes", output.notes}};
    if (!m_report.out.empty())
      json["url"] =
          url_from(m_page.folder, bytes_of_json_text(m_report.out) + "/" + bytes_of_json_text(output.path));
    if (output.kept_original)
      json["kept"] = true;
    if (output.larger_than_source)
      json["larger"] = true;
    if (output.lossless)
      json["lossless"] = *output.lossless;
    if (output.score)
      json["score"] = *output.score;
    if (!output.error.empty())
      json["error"] = output.error;
    return json;
  }

  const ReportPage& m_page;
  const Report& m_report;
};

// JSON within a <script>: nothing in it may look like markup.
std::string script_safe(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    if (c == '<' || c == '>' || c == '&')
      fmt::format_to(std::back_inserter(out), "\\u00{:02x}", static_cast<unsigned>(c));
    else
      out.push_back(c);
  }
  return out;
}

std::string policy() {
  Sha256Hasher hasher;
  const std::string_view script = report_page_script();
  hasher.update({reinterpret_cast<const std::uint8_t*>(script.data()), script.size()});
  const Sha256Digest digest = hasher.finish();
  return fmt::format(
      "default-src 'none'; img-src * data: file:; style-src 'unsafe-inline'; script-src 'sha256-{}'; "
      "base-uri 'none'; "
      "form-action 'none'",
      base64(ByteView(digest.bytes)));
}

}  // namespace

std::string source_path(const Report& report, const ReportedImage& image) {
  if (image.path.empty() || report.folder.empty())
    return {};
  const fs::path path = bytes_of_json_text(image.path);
  return (fs::path(bytes_of_json_text(report.folder)) / path).lexically_normal().string();
}

std::string report_page(const ReportPage& page) {
  std::string out;
  std::string_view rest = report_page_page();
  constexpr std::string_view k_open = "{{";
  constexpr std::string_view k_close = "}}";
  while (!rest.empty()) {
    const std::size_t at = rest.find(k_open);
    out.append(rest.substr(0, at));
    if (at == std::string_view::npos)
      break;
    const std::size_t end = rest.find(k_close, at);
    const std::string_view name = rest.substr(at + k_open.size(), end - at - k_open.size());
    if (name == "style")
      out.append(report_page_style());
    else if (name == "script")
      out.append(report_page_script());
    else if (name == "policy")
      out.append(policy());
    else if (name == "data")
      out.append(script_safe(PageData(page).whole().dump(-1, ' ', true)));
    rest.remove_prefix(end + k_close.size());
  }
  return out;
}

}  // namespace imgopt
