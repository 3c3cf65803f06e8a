// What `imgopt report` prints of a report: totals, failures, bytes by format and folder, the difference.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "tool/account/report_difference.hpp"
#include "tool/account/report_file.hpp"

namespace imgopt {

struct ReportTextStyle {
  std::optional<std::size_t> columns;  // names are cut so that their lines fit; none: nothing is cut
};

// For standard output. `difference` is null where there is no earlier report.
[[nodiscard]] std::string report_text(const Report& report, const ReportedTotals& totals,
                                      const ReportDifference* difference, ReportTextStyle style);

// The same facts as JSON, as docs/formats.md describes it, without the line's end.
[[nodiscard]] std::string report_facts_json(const Report& report, const ReportedTotals& totals,
                                            const ReportDifference* difference);

}  // namespace imgopt
