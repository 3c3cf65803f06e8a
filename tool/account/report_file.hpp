// A report read back: what `imgopt build --report FILE` wrote, checked and as types.
//
// Names stay as they stand in JSON (tool/text/json_text.hpp); bytes_of_json_text() gives those of files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace imgopt {

struct ReportedOutput {
  std::string path;
  std::string format;  // empty: a file copied as it is
  std::string status;
  std::uint64_t bytes = 0;
  std::uint64_t width = 0;
  std::uint64_t height = 0;
  bool kept_original = false;
  bool larger_than_source = false;
  std::optional<bool> lossless;  // none: failed, or a report that does not say it
  std::optional<double> score;
  std::vector<std::string> notes;
  std::string error;

  [[nodiscard]] bool stands() const { return status != "failed" && status != "would_encode"; }
};

struct ReportedImage {
  std::string source;
  std::string path;  // relative to Report::folder, or absolute; empty in reports that do not say it
  std::string status;
  std::string error;
  std::string reproduce;
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> settings;
  std::vector<ReportedOutput> outputs;
};

struct ReportedSetting {
  std::string name;
  std::string value;
  std::string place;  // "imgopt.json:4: quality", "default"
};

struct Report {
  std::string tool_version;
  std::string folder;  // absolute; empty in reports that do not say it
  std::string out;
  std::vector<std::string> warnings;
  std::vector<std::vector<ReportedSetting>> settings;
  std::vector<ReportedImage> images;
  double wall_ms = 0;
};

// `path` is named in messages. A file that is no report is ErrorCode::invalid_argument.
[[nodiscard]] Result<Report> parse_report(std::string_view text, const std::string& path);
[[nodiscard]] Result<Report> read_report(const std::string& path);

}  // namespace imgopt
