// The HTML report: one page that works offline, from the template in tool/account/report_page/ and the
// report's facts.
//
// The facts are JSON in the page and every name is put in as text by its script; a content security policy
// lets no other script run. Whole images are referred to by relative paths, small ones are in the page.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "tool/account/report_difference.hpp"
#include "tool/account/report_file.hpp"

namespace imgopt {

struct ReportPage {
  const Report* report = nullptr;
  const ReportDifference* difference = nullptr;  // none: no earlier report
  std::vector<Bytes> thumbnails;                 // WebP, one for each image; empty where there is none
  std::string folder;                            // absolute: where the page will stand
};

[[nodiscard]] std::string report_page(const ReportPage& page);

// The absolute path of an image's source; empty where the report does not say it.
[[nodiscard]] std::string source_path(const Report& report, const ReportedImage& image);

// The template's files, compiled in.
[[nodiscard]] std::string_view report_page_page();
[[nodiscard]] std::string_view report_page_style();
[[nodiscard]] std::string_view report_page_script();

}  // namespace imgopt
