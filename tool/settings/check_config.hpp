// What a configuration says to `imgopt check`: budgets, and findings to be passed over.
//
//   "budgets": [ { "match": "ui/**", "max-file": "100k", "max-total": "2M" } ],
//   "check-ignore": [ { "match": "logo.png", "findings": ["unoptimized"], "reason": "a signed original" } ]
//
// An entry without a reason is an error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "tool/settings/config_json.hpp"
#include "tool/settings/finding.hpp"
#include "tool/text/glob.hpp"

namespace imgopt {

// The key that holds the pattern of a rule, a budget or an excuse.
inline constexpr std::string_view k_match_key = "match";

inline constexpr std::string_view k_budgets_key = "budgets";
inline constexpr std::string_view k_check_ignore_key = "check-ignore";
// What is wrong with an empty "match", in a rule and elsewhere.
inline constexpr std::string_view k_no_pattern = "expected at least one pattern, not an empty list";

struct Budget {
  std::vector<Glob> match;                 // one match is enough
  std::optional<std::uint64_t> max_file;   // bytes of each
  std::optional<std::uint64_t> max_total;  // bytes of all together
  std::string place;                       // "imgopt.json:12"
};

struct IgnoreEntry {
  std::vector<Glob> match;
  std::vector<FindingKind> findings;  // empty: all kinds
  std::string reason;
  std::string place;
};

struct CheckConfig {
  std::vector<Budget> budgets;
  std::vector<IgnoreEntry> ignore;
};

// Read the values of these keys; `path` is the configuration's, for messages. ErrorCode::invalid_config.
[[nodiscard]] Result<std::vector<Budget>> read_budgets(const JsonValue& value, const std::string& path);
[[nodiscard]] Result<std::vector<IgnoreEntry>> read_ignore_list(const JsonValue& value,
                                                                const std::string& path);

[[nodiscard]] bool matches_any(const std::vector<Glob>& globs, std::string_view name);

}  // namespace imgopt
