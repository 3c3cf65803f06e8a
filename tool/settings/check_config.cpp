#include "tool/settings/check_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>

#include "tool/settings/option_value.hpp"
#include "tool/text/suggest.hpp"

namespace imgopt {

namespace {

constexpr std::string_view k_max_file_key = "max-file";
constexpr std::string_view k_max_total_key = "max-total";
constexpr std::string_view k_findings_key = "findings";
constexpr std::string_view k_reason_key = "reason";

// One entry of one of the two lists.
class EntryReader {
public:
  EntryReader(const JsonValue& value, const std::string& path, std::string where)
      : m_value(value), m_path(path), m_where(std::move(where)) {}

  [[nodiscard]] std::string place() const { return fmt::format("{}:{}", m_path, m_value.line); }

  [[nodiscard]] tl::unexpected<Error> wrong(std::uint32_t line, std::string_view key,
                                            std::string_view why) const {
    return fail(ErrorCode::invalid_config,
                fmt::format("{}:{}: {}{}{}: {}", m_path, line, m_where, key.empty() ? "" : ".", key, why));
  }

  [[nodiscard]] Result<void> check_keys(std::span<const std::string_view> keys) const {
    if (m_value.type != JsonType::object)
      return wrong(m_value.line, "", fmt::format("expected an object with {}", fmt::join(keys, ", ")));
    for (const JsonMember& member : m_value.members)
      if (std::find(keys.begin(), keys.end(), member.key) == keys.end())
        return wrong(member.line, member.key, fmt::format("unknown key{}", suggestion(member.key, keys)));
    return {};
  }

  [[nodiscard]] const JsonValue* find(std::string_view key) const {
    const auto member = std::find_if(m_value.members.begin(), m_value.members.end(),
                                     [&](const JsonMember& m) { return m.key == key; });
    return member == m_value.members.end() ? nullptr : &member->value;
  }

  [[nodiscard]] Result<std::vector<Glob>> match() const {
    const JsonValue* value = find(k_match_key);
    if (value == nullptr)
      return wrong(m_value.line, "", "it needs \"match\", a pattern or a list of patterns");
    std::vector<Glob> globs;
    for (const JsonValue& item : items_of(*value)) {
      if (item.type != JsonType::string)
        return wrong(item.line, k_match_key, "expected a pattern such as \"photos/**\"");
      auto glob = Glob::parse(item.text);
      if (!glob)
        return wrong(item.line, k_match_key, glob.error().message);
      globs.push_back(std::move(*glob));
    }
    if (globs.empty())
      return wrong(value->line, k_match_key, std::string(k_no_pattern));
    return globs;
  }

  [[nodiscard]] Result<std::optional<std::uint64_t>> size(std::string_view key) const {
    const JsonValue* value = find(key);
    if (value == nullptr)
      return std::nullopt;
    if (value->type != JsonType::number && value->type != JsonType::string)
      return wrong(value->line, key, "expected a size such as \"100k\"");
    const auto parsed = parse_value(option(OptionId::max_bytes), value->text);
    if (!parsed)
      return wrong(value->line, key, parsed.error().message);
    return std::get<std::uint64_t>(*parsed);
  }

  [[nodiscard]] Result<std::vector<FindingKind>> findings() const {
    std::vector<FindingKind> kinds;
    const JsonValue* value = find(k_findings_key);
    if (value == nullptr)
      return kinds;
    for (const JsonValue& item : items_of(*value)) {
      const auto kind = std::find_if(std::begin(k_all_findings), std::end(k_all_findings),
                                     [&](FindingKind k) { return finding_name(k) == item.text; });
      if (kind == std::end(k_all_findings)) {
        std::vector<std::string_view> names;
        for (const FindingKind known : k_all_findings)
          names.push_back(finding_name(known));
        return wrong(
            item.line, k_findings_key,
            fmt::format("expected some of {}{}", fmt::join(names, ", "), suggestion(item.text, names)));
      }
      kinds.push_back(*kind);
    }
    return kinds;
  }

  [[nodiscard]] Result<std::string> reason() const {
    const JsonValue* value = find(k_reason_key);
    const bool is_said = value != nullptr && value->type == JsonType::string &&
                         value->text.find_first_not_of(" \t") != std::string::npos;
    if (!is_said)
      return wrong(m_value.line, k_reason_key, "say in a few words why this is passed over");
    return value->text;
  }

private:
  static std::span<const JsonValue> items_of(const JsonValue& value) {
    return value.type == JsonType::list ? std::span(value.items) : std::span(&value, 1);
  }

  const JsonValue& m_value;
  const std::string& m_path;
  std::string m_where;
};

Result<void> expect_list(const JsonValue& value, const std::string& path, std::string_view key) {
  if (value.type == JsonType::list)
    return {};
  return fail(ErrorCode::invalid_config,
              fmt::format("{}:{}: {}: expected a list of objects", path, value.line, key));
}

}  // namespace

bool matches_any(const std::vector<Glob>& globs, std::string_view name) {
  return std::any_of(globs.begin(), globs.end(), [&](const Glob& glob) { return glob.matches(name); });
}

Result<std::vector<Budget>> read_budgets(const JsonValue& value, const std::string& path) {
  IMGOPT_TRY(expect_list(value, path, k_budgets_key));
  std::vector<Budget> budgets;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    const EntryReader entry(value.items[i], path, fmt::format("{}[{}]", k_budgets_key, i));
    static constexpr std::string_view k_keys[] = {k_match_key, k_max_file_key, k_max_total_key};
    IMGOPT_TRY(entry.check_keys(k_keys));
    Budget budget;
    IMGOPT_ASSIGN(budget.match, entry.match());
    IMGOPT_ASSIGN(budget.max_file, entry.size(k_max_file_key));
    IMGOPT_ASSIGN(budget.max_total, entry.size(k_max_total_key));
    if (!budget.max_file && !budget.max_total)
      return entry.wrong(value.items[i].line, "", "it needs \"max-file\" or \"max-total\"");
    budget.place = entry.place();
    budgets.push_back(std::move(budget));
  }
  return budgets;
}

Result<std::vector<IgnoreEntry>> read_ignore_list(const JsonValue& value, const std::string& path) {
  IMGOPT_TRY(expect_list(value, path, k_check_ignore_key));
  std::vector<IgnoreEntry> entries;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    const EntryReader reader(value.items[i], path, fmt::format("{}[{}]", k_check_ignore_key, i));
    static constexpr std::string_view k_keys[] = {k_match_key, k_findings_key, k_reason_key};
    IMGOPT_TRY(reader.check_keys(k_keys));
    IgnoreEntry entry;
    IMGOPT_ASSIGN(entry.match, reader.match());
    IMGOPT_ASSIGN(entry.findings, reader.findings());
    IMGOPT_ASSIGN(entry.reason, reader.reason());
    entry.place = reader.place();
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace imgopt
