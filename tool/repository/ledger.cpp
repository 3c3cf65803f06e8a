#include "tool/repository/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <set>
#include <tuple>

namespace imgopt {

namespace {

constexpr std::string_view k_header_begin = "# imgopt-ledger ";
constexpr std::array<std::string_view, 4> k_markers = {"<<<<<<<", "=======", ">>>>>>>", "|||||||"};
constexpr std::array k_results = {LedgerResult::lossless, LedgerResult::lossy, LedgerResult::kept};
constexpr std::size_t k_hash_digits = 64;

bool is_marker(std::string_view line) {
  return std::any_of(k_markers.begin(), k_markers.end(),
                     [&](std::string_view marker) { return line.starts_with(marker); });
}

int digit_value(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::optional<Sha256Digest> parse_hash(std::string_view text) {
  if (text.size() != k_hash_digits)
    return std::nullopt;
  Sha256Digest hash;
  for (std::size_t i = 0; i < hash.bytes.size(); ++i) {
    const int high = digit_value(text[2 * i]);
    const int low = digit_value(text[2 * i + 1]);
    if (high < 0 || low < 0)
      return std::nullopt;
    hash.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return hash;
}

std::string escaped(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else
      out += c;
  }
  return out;
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    if (++i == text.size())
      return std::nullopt;
    if (text[i] != '\\' && text[i] != 'n' && text[i] != 'r')
      return std::nullopt;
    out += text[i] == 'n' ? '\n' : text[i] == 'r' ? '\r' : '\\';
  }
  return out;
}

// The text before the next space, which is taken off with it.
std::string_view take_word(std::string_view& rest) {
  const std::size_t space = rest.find(' ');
  if (space == std::string_view::npos)
    return {};
  const std::string_view word = rest.substr(0, space);
  rest.remove_prefix(space + 1);
  return word;
}

std::optional<LedgerLine> parse_line(std::string_view rest) {
  LedgerLine line;
  const auto hash = parse_hash(take_word(rest));
  const std::string_view result = take_word(rest);
  const auto known = std::find_if(k_results.begin(), k_results.end(),
                                  [&](LedgerResult r) { return result_name(r) == result; });
  const std::string_view before = take_word(rest);
  const auto number = std::from_chars(before.data(), before.data() + before.size(), line.before);
  auto path = unescaped(rest);
  if (!hash || known == k_results.end() || before.empty() || number.ec != std::errc() ||
      number.ptr != before.data() + before.size() || !path || path->empty())
    return std::nullopt;
  line.hash = *hash;
  line.result = *known;
  line.path = std::move(*path);
  return line;
}

bool comes_before(const LedgerLine& a, const LedgerLine& b) {
  return std::tie(a.path, a.hash) < std::tie(b.path, b.hash);
}

}  // namespace

std::string_view result_name(LedgerResult result) {
  switch (result) {
    case LedgerResult::lossless:
      return "lossless";
    case LedgerResult::lossy:
      return "lossy";
    case LedgerResult::kept:
      return "kept";
  }
  return "";
}

Ledger::Ledger(std::vector<LedgerLine> lines) : m_lines(std::move(lines)) {
  std::stable_sort(m_lines.begin(), m_lines.end(), comes_before);
  const auto is_same = [](const LedgerLine& a, const LedgerLine& b) {
    return !comes_before(a, b) && !comes_before(b, a);
  };
  m_lines.erase(std::unique(m_lines.begin(), m_lines.end(), is_same), m_lines.end());
  m_by_hash.resize(m_lines.size());
  for (std::uint32_t i = 0; i < m_by_hash.size(); ++i)
    m_by_hash[i] = i;
  std::sort(m_by_hash.begin(), m_by_hash.end(),
            [&](std::uint32_t a, std::uint32_t b) { return m_lines[a].hash < m_lines[b].hash; });
}

Result<Ledger> Ledger::parse(std::string_view text, std::string_view name) {
  const auto wrong = [&](std::size_t number, std::string_view why) {
    return fail(ErrorCode::invalid_config, fmt::format("{}:{}: {}", name, number, why));
  };
  std::vector<LedgerLine> lines;
  bool has_header = false;
  bool has_conflict = false;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos)
      return wrong(number, "the line is cut off: the ledger does not end in a line feed");
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    if (line.starts_with(k_header_begin)) {
      if (line.substr(k_header_begin.size()) != std::to_string(k_ledger_version))
        return wrong(number, fmt::format("the ledger is of version {}, and this imgopt reads version {}",
                                         line.substr(k_header_begin.size()), k_ledger_version));
      has_header = true;
    } else if (is_marker(line)) {
      has_conflict = true;
    } else if (!line.empty() && !line.starts_with('#')) {
      auto image = parse_line(line);
      if (!has_header || !image)
        return wrong(number, has_header ? "expected SHA-256, result, bytes and path"
                                        : "this is no ledger: it does not begin with \"# imgopt-ledger 1\"");
      lines.push_back(std::move(*image));
    }
  }
  Ledger ledger(std::move(lines));
  ledger.m_has_conflict = has_conflict;
  return ledger;
}

std::string Ledger::text() const {
  std::string out = fmt::format("{}{}\n", k_header_begin, k_ledger_version);
  for (const LedgerLine& line : m_lines)
    fmt::format_to(std::back_inserter(out), "{} {} {} {}\n", line.hash.hex(), result_name(line.result),
                   line.before, escaped(line.path));
  return out;
}

const LedgerLine* Ledger::find(const Sha256Digest& hash) const {
  const auto found =
      std::lower_bound(m_by_hash.begin(), m_by_hash.end(), hash,
                       [&](std::uint32_t i, const Sha256Digest& wanted) { return m_lines[i].hash < wanted; });
  return found == m_by_hash.end() || m_lines[*found].hash != hash ? nullptr : &m_lines[*found];
}

std::span<const LedgerLine> Ledger::lines_of(std::string_view path) const {
  struct ByPath {
    bool operator()(const LedgerLine& line, std::string_view wanted) const { return line.path < wanted; }
    bool operator()(std::string_view wanted, const LedgerLine& line) const { return wanted < line.path; }
  };
  const auto [first, last] = std::equal_range(m_lines.begin(), m_lines.end(), path, ByPath());
  return std::span(m_lines).subspan(static_cast<std::size_t>(first - m_lines.begin()),
                                    static_cast<std::size_t>(last - first));
}

Ledger Ledger::with(const LedgerChanges& changes) const {
  std::set<std::string_view> replaced(changes.gone.begin(), changes.gone.end());
  for (const LedgerLine& line : changes.finished)
    replaced.insert(line.path);
  std::vector<LedgerLine> lines = changes.finished;
  std::copy_if(m_lines.begin(), m_lines.end(), std::back_inserter(lines),
               [&](const LedgerLine& line) { return !replaced.contains(line.path); });
  return Ledger(std::move(lines));
}

}  // namespace imgopt
